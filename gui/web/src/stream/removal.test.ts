import { describe, expect, it } from "vitest";
import { chat, message, signedIn } from "./fixtures/build.ts";
import type { Action, State } from "./model.ts";
import { reduce } from "./reducer.ts";
import { rowsOf } from "./selectors.ts";

const frame = (type: string, data: unknown): Action => ({ type: "frame", frame: { seq: 1, type, data } });
const ids = (state: State) => rowsOf(state, chat).map((row) => row.id);
const concealed = (id: string, restored?: boolean) => frame("message.concealed", { conversation: chat, id, ...(restored ? { restored } : {}) });

describe("a message that the account deleted for itself", () => {
  it("goes, and comes back to its place", () => {
    const before = signedIn(message("m_1"), message("m_2"), message("m_3"));
    const row = rowsOf(before, chat)[1];
    const without = reduce(before, concealed("m_2"));
    expect(ids(without)).toEqual(["m_1", "m_3"]);
    const again = reduce(without, { type: "back", row: row!, behind: rowsOf(before, chat)[0]!.key });
    expect(ids(again)).toEqual(["m_1", "m_2", "m_3"]);
    expect(reduce(again, concealed("m_2", true))).toBe(again);
    const first = rowsOf(before, chat)[0]!;
    expect(ids(reduce(reduce(before, concealed("m_1")), { type: "back", row: first, behind: undefined }))).toEqual(["m_1", "m_2", "m_3"]);
  });

  it("is read again where another page took it back", () => {
    const without = reduce(signedIn(message("m_1"), message("m_2")), concealed("m_2"));
    const state = reduce(without, concealed("m_2", true));
    expect(ids(state)).toEqual(["m_1"]);
    expect(state.timelines[chat]?.stale).toBe(true);
  });

  it("is nothing to a page that does not know it", () => {
    const state = signedIn(message("m_1"));
    expect(reduce(state, concealed("m_9"))).toBe(state);
  });
});

describe("a message that was deleted for everyone", () => {
  it("stays in its place without its text", () => {
    const gone = message("m_1", { kind: "deleted", text: "", deleted: { by: "a_2" } });
    const state = reduce(signedIn(message("m_1"), message("m_2")), frame("message", gone));
    expect(rowsOf(state, chat).map(({ id, kind, text }) => [id, kind, text])).toEqual([["m_1", "deleted", ""], ["m_2", "text", "text of m_2"]]);
  });

  it("of a page that was not read yet waits for that page", () => {
    const state = reduce(signedIn(), { type: "page", conversation: chat, page: { items: [message("m_5")], next: "older" }, how: "newest" });
    const older = message("m_1", { kind: "deleted", text: "", sent_at: "2026-02-01T10:00:00.000Z" });
    expect(ids(reduce(state, frame("message", older)))).toEqual(["m_5"]);
  });
});
