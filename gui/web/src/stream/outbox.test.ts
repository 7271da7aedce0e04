import "fake-indexeddb/auto";
import { openDB } from "idb";
import { describe, expect, it } from "vitest";
import { Outbox, type Waiting } from "./outbox.ts";

const item = (key: string, text: string, at = "2026-03-01T10:00:00.000Z"): Waiting => ({
  key,
  conversation: "c_1",
  text,
  at,
  attempt: 1,
});

let databases = 0;
const freshName = () => `test-${++databases}`;

async function rawRecords(name: string): Promise<{ waiting: unknown[]; keys: CryptoKey[] }> {
  const db = await openDB(name);
  const records = { waiting: await db.getAll("waiting"), keys: (await db.getAll("keys")) as CryptoKey[] };
  db.close();
  return records;
}

describe("the outbox", () => {
  it("gives back every text exactly, oldest first, after a reload", async () => {
    const name = freshName();
    const texts = [" leading and trailing \n", "e\u0301 is not \u00e9", "\u0000\u0007 control", "\ud800 alone", "\u200f‏RTL", "a\r\nb\tc"];
    const first = await Outbox.open("a_1", name);
    for (const [index, text] of [...texts.entries()].reverse()) {
      await first.put(item(`k${index}`, text, `2026-03-01T10:00:0${index}.000Z`));
    }
    const reopened = await Outbox.open("a_1", name);
    expect((await reopened.all()).map((one) => one.text)).toEqual(texts);
  });

  it("stores neither text nor a key that can be read out", async () => {
    const name = freshName();
    await (await Outbox.open("a_1", name)).put(item("k1", "MARKER-TEXT"));
    const { waiting, keys } = await rawRecords(name);
    const latin = new TextDecoder("latin1");
    const raw = waiting.map((one) => JSON.stringify(one) + latin.decode((one as { body: ArrayBuffer }).body)).join();
    expect(raw).not.toContain("MARKER-TEXT");
    expect(raw).not.toContain("c_1");
    expect(keys.map((key) => key.extractable)).toEqual([false]);
    await expect(crypto.subtle.exportKey("raw", keys[0] as CryptoKey)).rejects.toThrow();
  });

  it("shows nobody what another account left", async () => {
    const name = freshName();
    await (await Outbox.open("a_1", name)).put(item("k1", "mine"));
    expect(await (await Outbox.open("a_2", name)).all()).toEqual([]);
  });

  it("forgets everything on leaving", async () => {
    const name = freshName();
    const outbox = await Outbox.open("a_1", name);
    await outbox.put(item("k1", "gone"));
    await outbox.forget();
    expect(await rawRecords(name)).toEqual({ waiting: [], keys: [] });
  });

  it("drops what was changed on the disk instead of sending it", async () => {
    const name = freshName();
    const outbox = await Outbox.open("a_1", name);
    await outbox.put(item("k1", "one"));
    await outbox.put(item("k2", "two"));
    const db = await openDB(name);
    const [first, second] = await db.getAll("waiting");
    await db.put("waiting", { ...first, body: second.body, iv: second.iv });
    db.close();
    expect((await outbox.all()).map((one) => one.text)).toEqual(["two"]);
    expect((await rawRecords(name)).waiting).toHaveLength(1);
  });
});
