import { describe, expect, it } from "vitest";
import { chat, conversation, message, mine, other, signedIn } from "./fixtures/build.ts";
import { emptyState, type Action, type PageHow, type State } from "./model.ts";
import { reduce } from "./reducer.ts";
import { rowsOf, unreadTotal } from "./selectors.ts";

const frame = (type: string, data: unknown, seq = 1): Action => ({ type: "frame", frame: { seq, type, data } });
const replay = (state: State, actions: readonly Action[]) => actions.reduce(reduce, state);
const write = (key: string, text: string): Action => ({
  type: "write",
  key,
  conversation: chat,
  text,
  at: "2026-03-01T10:05:00.000Z",
  author: mine,
});
const shown = (state: State) => rowsOf(state, chat).map((row) => `${row.key}/${row.id}/${row.state}`);

describe("an edited message", () => {
  const edited = { text: "new", edited_at: "2026-03-01T11:00:00.000Z" };

  it("says what it says now, where it stands", () => {
    const state = reduce(signedIn(message("m_1"), message("m_2")), frame("message", message("m_1", edited)));
    expect(rowsOf(state, chat).map((row) => row.text)).toEqual(["new", "text of m_2"]);
  });

  it("of a page that was not read yet waits for that page", () => {
    const page = { items: [message("m_5")], next: "older" };
    const state = reduce(signedIn(), { type: "page", conversation: chat, page, how: "newest" });
    const older = message("m_1", { ...edited, sent_at: "2026-02-01T10:00:00.000Z" });
    expect(rowsOf(reduce(state, frame("message", older)), chat).map((row) => row.id)).toEqual(["m_5"]);
    const late = message("m_6", { ...edited, sent_at: "2026-03-01T10:30:00.000Z" });
    expect(rowsOf(reduce(state, frame("message", late)), chat).map((row) => row.id)).toEqual(["m_5", "m_6"]);
    const again = message("m_6", { again: true, sent_at: "2026-03-01T10:30:00.000Z" });
    expect(rowsOf(reduce(state, frame("message", again)), chat).map((row) => row.id)).toEqual(["m_5"]);
  });
});

describe("an own message", () => {
  it("keeps its row from writing to read", () => {
    const keys: string[][] = [];
    let state = signedIn(message("m_1"));
    const steps: Action[] = [
      write("k1", "hello"),
      { type: "write-state", key: "k1", state: "sending" },
      { type: "accepted", key: "k1", id: "m_2" },
      frame("message", message("m_2", { author: mine, text: "hello", state: "sending" })),
      frame("message.state", { conversation: chat, id: "m_2", state: "sent" }),
      frame("message.state", { conversation: chat, id: "m_2", state: "delivered" }),
      frame("message.state", { conversation: chat, id: "m_2", state: "read", read_at: "2026-03-01T10:06:00.000Z" }),
    ];
    for (const step of steps) {
      state = reduce(state, step);
      keys.push(rowsOf(state, chat).map((row) => row.key));
    }
    expect(keys).toEqual(steps.map(() => ["m_1", "k1"]));
    expect(shown(state)).toEqual(["m_1/m_1/delivered", "k1/m_2/read"]);
    expect(state.rows["k1"]?.read_at).toBe("2026-03-01T10:06:00.000Z");
  });

  it("is not doubled when the stream is faster than the answer", () => {
    const state = replay(signedIn(), [
      write("k1", "hello"),
      { type: "write-state", key: "k1", state: "sending" },
      frame("message", message("m_2", { author: mine, text: "hello", state: "sent" })),
      { type: "accepted", key: "k1", id: "m_2" },
    ]);
    expect(shown(state)).toEqual(["k1/m_2/sent"]);
  });

  it("is told apart from the same text of another page", () => {
    const state = replay(signedIn(), [
      write("k1", "hello"),
      { type: "write-state", key: "k1", state: "sending" },
      frame("message", message("m_other", { author: mine, text: "hello", state: "sent" })),
      frame("message", message("m_own", { author: mine, text: "hello", state: "sent" }, )),
      { type: "accepted", key: "k1", id: "m_own" },
    ]);
    expect(rowsOf(state, chat).map((row) => row.id).sort()).toEqual(["m_other", "m_own"]);
  });

  it("stays below what arrives while it waits, and shows why it was refused", () => {
    const state = replay(signedIn(), [
      write("k1", "hello"),
      frame("message", message("m_2")),
      { type: "write-state", key: "k1", state: "refused", reason: "too large" },
    ]);
    expect(shown(state)).toEqual(["m_2/m_2/delivered", "k1//refused"]);
    expect(state.rows["k1"]?.reason).toBe("too large");
    expect(shown(reduce(state, { type: "discard", key: "k1" }))).toEqual(["m_2/m_2/delivered"]);
  });

  it("loses its reason when it is tried again", () => {
    const state = replay(signedIn(message("m_1", { author: mine, state: "failed", reason: "expired" })), [
      frame("message.state", { conversation: chat, id: "m_1", state: "sending" }),
    ]);
    expect(state.rows["m_1"]).toEqual(expect.not.objectContaining({ reason: expect.anything() }));
  });
});

describe("pages", () => {
  it("grow upwards without moving what is there", () => {
    const start = reduce(signedIn(message("m_3"), message("m_4")), {
      type: "page",
      conversation: chat,
      page: { items: [message("m_1"), message("m_2")], next: "cursor" },
      how: "older",
    });
    expect(rowsOf(start, chat).map((row) => row.id)).toEqual(["m_1", "m_2", "m_3", "m_4"]);
    expect(start.timelines[chat]?.next).toBe("cursor");
  });

  it("join after a resync when they overlap", () => {
    const state = replay(signedIn(message("m_1"), message("m_2")), [
      frame("resync", {}),
      { type: "page", conversation: chat, page: { items: [message("m_2"), message("m_3")], next: "x" }, how: "newest" },
    ]);
    expect(rowsOf(state, chat).map((row) => row.id)).toEqual(["m_1", "m_2", "m_3"]);
    expect(state.timelines[chat]).toMatchObject({ stale: false, next: undefined });
  });

  const stretch = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => message(`m_${from + index}`));
  const page = (how: PageHow, from: number, to: number, edges: { next?: string; newer?: string }): Action => ({
    type: "page",
    conversation: chat,
    page: { items: stretch(from, to), total: 1000, ...edges },
    how,
  });

  it("take the place of what is there when another stretch is read, and live messages wait for the end", () => {
    const away = replay(signedIn(message("m_990")), [page("window", 100, 150, { next: "o100", newer: "n149" }), frame("message", message("m_1000"))]);
    expect(rowsOf(away, chat).map((row) => row.id)).toEqual(stretch(100, 150).map((one) => one.id));
    expect(away.timelines[chat]).toMatchObject({ next: "o100", newer: "n149", total: 1001, passed: 1 });
    const asked = reduce(away, { type: "page-loading", conversation: chat });
    const late = replay(asked, [frame("message", message("m_1001")), page("newer", 150, 200, {})]);
    expect(late.timelines[chat]).toMatchObject({ newer: undefined, stale: true });
  });

  it("let go of what is far away, at the edge of a page", () => {
    let state = reduce(signedIn(), page("window", 950, 1000, { next: "o950" }));
    for (let from = 900; from >= 300; from -= 50) state = reduce(state, page("older", from, from + 50, { next: `o${from}`, newer: `n${from + 49}` }));
    expect(state.timelines[chat]?.keys).toHaveLength(700);
    state = reduce(state, { type: "trim", conversation: chat, side: "below" });
    expect(state.timelines[chat]).toMatchObject({ next: "o300", newer: "n749" });
    expect(rowsOf(state, chat).at(-1)?.id).toBe("m_749");
    for (let from = 750; from < 950; from += 50) state = reduce(state, page("newer", from, from + 50, { next: `o${from}`, newer: `n${from + 49}` }));
    state = reduce(state, { type: "trim", conversation: chat, side: "above" });
    expect(state.timelines[chat]).toMatchObject({ next: "o500", newer: "n949" });
    expect(rowsOf(state, chat)[0]?.id).toBe("m_500");
    expect(Object.keys(state.rows)).toHaveLength(450);
  });

  it("start over after a resync that leaves a gap", () => {
    const state = replay(signedIn(message("m_1")), [
      write("k1", "still here"),
      frame("resync", {}),
      { type: "page", conversation: chat, page: { items: [message("m_8"), message("m_9")], next: "x" }, how: "newest" },
    ]);
    expect(rowsOf(state, chat).map((row) => row.id)).toEqual(["m_8", "m_9", ""]);
    expect(state.timelines[chat]?.next).toBe("x");
  });
});

describe("a page that was asked for before", () => {
  const asked: Action = { type: "page-loading", conversation: chat };
  const answer = (...items: ReturnType<typeof message>[]): Action => ({ type: "page", conversation: chat, page: { items }, how: "newest" });

  it("loses nothing that came over the stream meanwhile", () => {
    const steps = [asked, frame("message", message("m_2")), frame("message", message("m_3")), answer(message("m_1"))];
    const first = replay(emptyState, steps);
    expect(rowsOf(first, chat).map((row) => row.id)).toEqual(["m_1", "m_2", "m_3"]);
    const again = replay(signedIn(message("m_1")), [frame("resync", {}), ...steps]);
    expect(rowsOf(again, chat).map((row) => row.id)).toEqual(["m_1", "m_2", "m_3"]);
    expect(again.timelines[chat]).toMatchObject({ stale: false, status: "ready" });
  });

  it("knows part of what came meanwhile", () => {
    const state = replay(signedIn(message("m_1")), [
      asked,
      frame("message", message("m_2")),
      frame("message", message("m_3")),
      answer(message("m_1"), message("m_2")),
    ]);
    expect(rowsOf(state, chat).map((row) => row.id)).toEqual(["m_1", "m_2", "m_3"]);
  });

  it("loses no own message that the node named meanwhile", () => {
    const state = replay(signedIn(), [
      write("k1", "hello"),
      asked,
      { type: "write-state", key: "k1", state: "sending" },
      { type: "accepted", key: "k1", id: "m_2" },
      answer(message("m_1")),
    ]);
    expect(shown(state)).toEqual(["m_1/m_1/delivered", "k1/m_2/sending"]);
  });

  it("names an own message that is on its way", () => {
    const state = replay(signedIn(), [
      write("k1", "hello"),
      asked,
      { type: "write-state", key: "k1", state: "sending" },
      answer(message("m_2", { author: mine, text: "hello", state: "sent" })),
      { type: "accepted", key: "k1", id: "m_2" },
    ]);
    expect(shown(state)).toEqual(["k1/m_2/sent"]);
  });

  it("does not take back how far a message got meanwhile", () => {
    const sent = message("m_1", { author: mine, state: "sent" });
    const state = replay(signedIn(sent), [
      asked,
      frame("message.state", { conversation: chat, id: "m_1", state: "read" }),
      answer(sent),
    ]);
    expect(shown(state)).toEqual(["m_1/m_1/read"]);
  });

  it("settles nothing when frames were missed meanwhile", () => {
    const late = replay(signedIn(message("m_1")), [asked, { type: "missed" }, answer(message("m_1"))]);
    expect(late.timelines[chat]?.stale).toBe(true);
    const settled = replay(late, [asked, answer(message("m_1"), message("m_2"))]);
    expect(settled.timelines[chat]?.stale).toBe(false);
    expect(rowsOf(settled, chat).map((row) => row.id)).toEqual(["m_1", "m_2"]);
  });

  it("can be asked for again when it did not come", () => {
    const state = replay(signedIn(message("m_1")), [asked, { type: "page-failed", conversation: chat }]);
    expect(state.timelines[chat]).toMatchObject({ status: "error", asked: undefined });
  });
});

describe("frames", () => {
  it("give the same state however often they are replayed", () => {
    const frames = [
      frame("message", message("m_2")),
      frame("conversation", conversation({ unread: 1 })),
      frame("message.state", { conversation: chat, id: "m_1", state: "read" }),
    ];
    const once = replay(signedIn(message("m_1")), frames);
    expect(replay(once, frames)).toEqual(once);
    expect(unreadTotal(once)).toBe(1);
  });

  it("keep what this page does not know, and change nothing else", () => {
    const before = signedIn(message("m_1"));
    const after = replay(before, [frame("reaction", { x: 1 }), frame("reaction", { x: 2 })]);
    expect(after).toEqual({ ...before, unknownFrames: ["reaction"] });
  });

  it("move the state of the last message into the list", () => {
    const last = { id: "m_1", author: mine, text: "x", sent_at: "2026-03-01T10:00:00.000Z", state: "sent" as const };
    const state = replay(signedIn(), [
      frame("conversation", conversation({ last })),
      frame("message.state", { conversation: chat, id: "m_1", state: "delivered" }),
    ]);
    expect(state.conversations[chat]?.last?.state).toBe("delivered");
  });

  it("take a deleted chat out with everything of it", () => {
    const state = reduce(signedIn(message("m_1")), frame("conversation.deleted", { id: chat }));
    expect([state.conversations[chat], state.timelines[chat]]).toEqual([undefined, undefined]);
  });

  it("change the people of a group whose list is open, and no other", () => {
    const page = { items: [{ account: other, name: "Ben", role: "member" as const, local: false, connected: true }] };
    const open = reduce(signedIn(), { type: "members", conversation: "g_1", query: "", page, before: undefined });
    const member = (conversation: string, role: string) => frame("member", { conversation, account: other, name: "Ben", role });
    expect(replay(open, [member("g_1", "admin")]).members["g_1"]?.items[0]?.role).toBe("admin");
    expect(replay(open, [member("g_1", "")]).members["g_1"]?.items).toEqual([]);
    expect(reduce(open, member("g_2", "member")).members["g_2"]).toBeUndefined();
    expect(reduce(open, frame("resync", {})).members).toEqual({});
  });

  it("for a chat that was never opened do not open it", () => {
    const state = reduce(signedIn(), frame("message", message("m_1", { conversation: "c_closed" })));
    expect(state.timelines["c_closed"]).toBeUndefined();
  });
});

it("leaves nothing of an account behind after signing out", () => {
  const state = reduce(signedIn(message("m_1")), { type: "signed-out", why: "left" });
  expect(JSON.stringify(state)).not.toContain("text of m_1");
  expect(state).toMatchObject({ me: undefined, signedOut: "left", rows: {}, contacts: {} });
});
