import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "~/api/errors.ts";
import type { Draft } from "~/api/types.ts";
import { Keeper, type Content, type Write } from "./keeper.ts";
import { heard, none, withAll, type Drafts } from "./state.ts";

const c = "c_1";

// A node with clients: each write gets the next revision, a stale one is refused with the newest.
function world() {
  let revision = 0;
  let row: Draft | undefined;
  let down: ApiError | undefined;
  const writes: string[] = [];
  const keepers: { client: string; keeper: Keeper; content: Content; part: Drafts; clash: string | undefined; type(text: string, reply?: string): void }[] = [];
  const tell = (draft: Draft) => {
    for (const one of keepers) {
      one.part = heard(one.part, draft);
      one.keeper.known(one.part);
    }
  };
  const save = async (client: string, body: Write) => {
    if (down) throw down;
    if (row && row.revision > body.revision && row.client !== client) return { taken: false, draft: row };
    writes.push(`${client}: ${body.text}${body.reply_to ? ` > ${body.reply_to}` : ""}`);
    const reply = body.reply_to ? { reply_to: { id: body.reply_to, text: "", author: "" } } : {};
    row = { conversation: c, text: body.text, client, revision: ++revision, at: "", ...reply } as Draft;
    const draft = row;
    queueMicrotask(() => tell(draft));
    return { taken: true, draft };
  };
  const open = (client: string) => {
    const one: (typeof keepers)[number] = {
      client,
      content: { text: "", reply: undefined },
      part: withAll(none, row && row.text !== "" ? [row] : [], revision),
      clash: undefined,
      type(text, reply) {
        one.content = { text, reply: reply === undefined ? undefined : ({ id: reply, text: "" } as Content["reply"]) };
        one.keeper.written(c);
      },
      keeper: new Keeper({
        client,
        save: (_conversation, body) => save(client, body),
        read: () => one.content,
        show: (_conversation, content) => (one.content = content),
        heard(draft) {
          one.part = heard(one.part, draft);
          one.keeper.known(one.part);
        },
        clash: (_conversation, other) => (one.clash = other?.text),
      }),
    };
    keepers.push(one);
    one.keeper.known(one.part);
    return one;
  };
  return { writes, open, fail: (error: ApiError | undefined) => (down = error), node: () => row };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test("a text is saved 300 ms behind the last key, and shows on the other client", async () => {
  const { writes, open } = world();
  const one = open("one");
  const two = open("two");
  one.type("h");
  await pass(200);
  one.type("hi");
  await pass(299);
  expect(writes).toEqual([]);
  await pass(1);
  expect(writes).toEqual(["one: hi"]);
  expect(two.content.text).toBe("hi");
  expect(one.clash ?? two.clash).toBeUndefined();
  two.type("hi there");
  await pass(300);
  expect(writes).toEqual(["one: hi", "two: hi there"]);
  expect(one.content.text).toBe("hi there");
});

test("while somebody types on, it is saved once a second", async () => {
  const { writes, open } = world();
  const one = open("one");
  for (let n = 0; n < 100; n++) {
    one.type("x".repeat(n + 1));
    await pass(100);
  }
  expect(writes.length).toBeGreaterThan(5);
  expect(writes.length).toBeLessThanOrEqual(11);
});

test("a message that is sent ends the draft at once everywhere", async () => {
  const { writes, open, node } = world();
  const one = open("one");
  const two = open("two");
  one.type("hi", "m_1");
  await pass(300);
  expect(two.content.reply?.id).toBe("m_1");
  one.type("");
  await pass(0);
  expect(writes).toEqual(["one: hi > m_1", "one: "]);
  expect(two.content).toEqual({ text: "", reply: undefined });
  await pass(5000);
  expect(node()?.revision).toBe(2);
});

test("of two who write at the same time the last one wins, and is offered what the other wrote", async () => {
  const { open, node } = world();
  const one = open("one");
  const two = open("two");
  one.type("from one");
  two.type("from two");
  await pass(5000);
  expect([one.content.text, two.content.text, node()?.text]).toEqual(["from two", "from two", "from two"]);
  expect([one.clash, two.clash]).toEqual([undefined, "from one"]);
  two.keeper.take({ conversation: c, text: "from one", client: "one", revision: 1, at: "" } as Draft);
  two.keeper.written(c);
  await pass(5000);
  expect([one.content.text, two.content.text, two.clash]).toEqual(["from one", "from one", undefined]);
});

test("what was written while the node was away is saved when it is there again", async () => {
  const { writes, open, fail } = world();
  const one = open("one");
  fail(ApiError.unreachable());
  one.type("offline");
  await pass(10_000);
  expect(writes).toEqual([]);
  fail(undefined);
  one.keeper.hurry(false);
  await pass(0);
  expect(writes).toEqual(["one: offline"]);
  await pass(60_000);
  expect(writes).toEqual(["one: offline"]);
});

test("a page that is loaded shows the draft, and one that stopped saves nothing", async () => {
  const { writes, open } = world();
  const one = open("one");
  one.type("kept");
  await pass(300);
  const later = open("later");
  expect(later.content.text).toBe("kept");
  later.type("kept and more");
  later.keeper.stop();
  await pass(5000);
  expect(writes).toEqual(["one: kept"]);
});

test("who was away while it was sent does not bring the draft back", async () => {
  const { open, node } = world();
  const one = open("one");
  one.type("hi");
  await pass(300);
  const away = open("away");
  one.type("");
  await pass(1000);
  away.part = withAll(away.part, [], node()?.revision ?? 0);
  away.keeper.known(away.part);
  await pass(5000);
  expect(away.content.text).toBe("");
  expect(node()?.text).toBe("");
});

test("a reply to what is gone is left out, the text is kept", async () => {
  const { writes, open, fail } = world();
  const one = open("one");
  fail(new ApiError(404, "not_found", ""));
  one.type("hi", "m_gone");
  await pass(400);
  fail(undefined);
  await pass(5000);
  expect(writes).toEqual(["one: hi"]);
});

test("an answer that knows less than a frame changes nothing", () => {
  const newer = { conversation: c, text: "new", client: "x", revision: 7, at: "" } as Draft;
  const part = withAll(heard(none, newer), [{ ...newer, text: "old", revision: 3 }], 5);
  expect(part.known[c]?.text).toBe("new");
  expect(heard(part, { ...newer, text: "old", revision: 6 })).toBe(part);
});
