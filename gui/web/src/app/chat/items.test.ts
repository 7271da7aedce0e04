import { describe, expect, it } from "vitest";
import { message, mine } from "~/stream/fixtures/build.ts";
import type { Message } from "~/api/types.ts";
import type { Row } from "~/stream/model.ts";
import { firstUnread, makeItems } from "./items.ts";

const row = (id: string, change: Partial<Message> = {}): Row => ({ ...message(id, change), key: id });
const at = (minute: number, day = 1) => new Date(2026, 2, day, 10, minute).toISOString();

describe("the list of a chat", () => {
  it("groups one author within five minutes", () => {
    const items = makeItems(
      [row("a", { sent_at: at(0) }), row("b", { sent_at: at(4) }), row("c", { sent_at: at(10) }), row("d", { sent_at: at(11), author: mine })],
      undefined,
    );
    expect(items.map((item) => [item.row.key, item.first, item.last])).toEqual([
      ["a", true, false],
      ["b", false, true],
      ["c", true, true],
      ["d", true, true],
    ]);
  });

  it("starts a group and a heading with each day, and with what is new", () => {
    const items = makeItems(
      [row("a", { sent_at: at(59) }), row("b", { sent_at: at(59, 2) }), row("c", { sent_at: at(59, 2) })],
      "c",
    );
    expect(items.map((item) => [item.day, item.first, item.fresh])).toEqual([
      [true, true, false],
      [true, true, false],
      [false, true, true],
    ]);
  });

  it("folds three or more messages that cannot be read yet", () => {
    const waiting = (id: string) => row(id, { kind: "waiting", text: "" });
    const fold = (...rows: Row[]) => makeItems(rows, undefined).map((item) => [item.row.key, item.count]);
    expect(fold(waiting("a"), waiting("b"), row("c"))).toEqual([["a", 1], ["b", 1], ["c", 1]]);
    expect(fold(waiting("a"), waiting("b"), waiting("c"), row("d"))).toEqual([["a", 3], ["d", 1]]);
  });

  it("folds three or more notices of one day, not across what is new", () => {
    const notice = (id: string, day = 1) => row(id, { kind: "notice", text: `text ${id}`, sent_at: at(0, day) });
    const fold = (rows: Row[], fresh?: string) => makeItems(rows, fresh).map((item) => [item.row.key, item.notices.length]);
    expect(fold([notice("a"), notice("b"), row("c")])).toEqual([["a", 0], ["b", 0], ["c", 0]]);
    expect(makeItems([notice("a"), notice("b"), notice("c")], undefined)[0]?.notices).toEqual(["text a", "text b", "text c"]);
    expect(fold([notice("a"), notice("b"), notice("c", 2)])).toEqual([["a", 0], ["b", 0], ["c", 0]]);
    expect(fold([notice("a"), notice("b"), notice("c")], "c")).toEqual([["a", 0], ["b", 0], ["c", 0]]);
  });

  it("begins to read at the first message of the other that is not read", () => {
    const rows = [row("a", { state: "read" }), row("b", { author: mine }), row("c"), row("d")];
    expect(firstUnread(rows, mine)).toBe("c");
    expect(firstUnread(rows.slice(0, 2), mine)).toBeUndefined();
  });
});
