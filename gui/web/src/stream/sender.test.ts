import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { chat, conversation, me, mine } from "./fixtures/build.ts";
import { memoryShelf, Sender, type Shelf } from "./sender.ts";
import { rowsOf } from "./selectors.ts";
import { dispatch, getState } from "./store.ts";

interface Sent {
  key: string | null;
  body: string;
}

let sent: Sent[];
let answers: (() => Response | Promise<Response>)[];
let shelf: Shelf;
let sender: Sender;
let revoked: number;

const accepted = (id: string) => () => Response.json({ id }, { status: 202 });
const problem = (status: number, code: string, headers = {}) => () =>
  Response.json({ title: code, status, code, detail: `because ${code}` }, { status, headers });
const unreachable = () => Promise.reject(new TypeError("no route"));
const rows = () => rowsOf(getState(), chat).map((row) => `${row.text}: ${row.state}`);

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  answers = [];
  revoked = 0;
  vi.stubGlobal("fetch", async (request: Request) => {
    sent.push({ key: request.headers.get("Idempotency-Key"), body: await request.text() });
    return (answers.shift() ?? accepted(`m_${sent.length}`))();
  });
  dispatch({ type: "signed-out", why: "never" });
  dispatch({ type: "snapshot", me: me(), contacts: [], conversations: [conversation()] });
  shelf = memoryShelf();
  sender = new Sender(shelf, () => revoked++);
});

afterEach(async () => {
  await sender.stop(false);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settle = () => vi.advanceTimersByTimeAsync(0);

describe("sending", () => {
  it("hands over every character as it was written", async () => {
    const texts = ["  two spaces around  ", "\n\nlines\r\n", "e\u0301", "\u0000\u001b[31m", "\u202eabc", "<b>&amp;</b>"];
    for (const text of texts) await sender.send(chat, text);
    await settle();
    expect(sent.map((one) => (JSON.parse(one.body) as { text: string }).text)).toEqual(texts);
    expect(rowsOf(getState(), chat).map((row) => row.text)).toEqual(texts);
  });

  it("repeats under the same key until the node answers, in order", async () => {
    answers = [unreachable, problem(503, "busy"), accepted("m_a"), accepted("m_b")];
    await sender.send(chat, "one");
    await sender.send(chat, "two");
    await settle();
    expect(rows()).toEqual(["one: queued", "two: queued"]);
    expect((await shelf.all()).map((item) => item.text)).toEqual(["one", "two"]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(rows()).toEqual(["one: sending", "two: sending"]);
    expect(sent.map((one) => JSON.parse(one.body) as object)).toEqual(["one", "one", "one", "two"].map((text) => ({ text })));
    expect(new Set(sent.slice(0, 3).map((one) => one.key)).size).toBe(1);
    expect(await shelf.all()).toEqual([]);
  });

  it("says why a message is refused and goes on with the next", async () => {
    answers = [problem(413, "text_too_long"), accepted("m_b")];
    await sender.send(chat, "long");
    await sender.send(chat, "short");
    await settle();
    expect(rows().sort()).toEqual(["long: refused", "short: sending"]);
    const refused = rowsOf(getState(), chat).find((row) => row.state === "refused");
    expect(refused?.reason).toBe("because text_too_long");
    expect(await shelf.all()).toEqual([]);
  });

  it("tries a refused message again as a new attempt", async () => {
    answers = [problem(403, "blocked"), accepted("m_c")];
    await sender.send(chat, "again");
    await settle();
    const key = rowsOf(getState(), chat)[0]?.key ?? "";
    await sender.again(key);
    await settle();
    expect(rows()).toEqual(["again: sending"]);
    expect(sent[0]?.key).not.toBe(sent[1]?.key);
    expect(rowsOf(getState(), chat)[0]?.key).toBe(key);
  });

  it("waits as long as the node asks", async () => {
    answers = [problem(429, "too_many_requests", { "Retry-After": "20" }), accepted("m_d")];
    await sender.send(chat, "slowly");
    await vi.advanceTimersByTimeAsync(19_000);
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect(sent).toHaveLength(2);
  });

  it("keeps what waits when the session has ended", async () => {
    answers = [problem(401, "not_signed_in")];
    await sender.send(chat, "later");
    await settle();
    expect(revoked).toBe(1);
    expect((await shelf.all()).map((item) => item.text)).toEqual(["later"]);
  });

  it("sends after a reload what an earlier page left", async () => {
    await shelf.put({ key: "k9", conversation: chat, text: "from before", at: "2026-03-01T10:00:00.000Z", attempt: 1 });
    const next = new Sender(shelf, () => revoked++);
    await next.restore();
    await settle();
    expect(sent).toEqual([{ key: "k9", body: JSON.stringify({ text: "from before" }) }]);
    expect(rowsOf(getState(), chat)[0]).toMatchObject({ key: "k9", author: mine, state: "sending" });
  });
});
