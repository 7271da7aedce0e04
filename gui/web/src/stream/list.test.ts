import { describe, expect, it } from "vitest";
import type { Flags } from "~/api/types.ts";
import { conversation, flags, me } from "./fixtures/build.ts";
import { emptyState } from "./model.ts";
import { reduce } from "./reducer.ts";
import { archived, listed, unreadTotal } from "./selectors.ts";

const later = () => new Date(Date.now() + 60_000).toISOString();
const earlier = () => new Date(Date.now() - 60_000).toISOString();

function page(...list: { id: string; order?: string; unread?: number; flags?: Partial<Flags> }[]) {
  return reduce(emptyState, {
    type: "snapshot",
    me: me(),
    contacts: [],
    conversations: list.map((one, index) => conversation({ order: `1${index}`, ...one, flags: flags(one.flags) })),
  });
}

describe("the list of conversations", () => {
  it("has the order of the node, without what is put away", () => {
    const state = page(
      { id: "late", order: "1b" },
      { id: "away", order: "1c", flags: { archived: true } },
      { id: "pinned", order: "0001", flags: { pinned: 1 } },
      { id: "hidden", order: "1a", flags: { hidden: true } },
      { id: "both", order: "1d", flags: { archived: true, hidden: true } },
    );
    expect(listed(state).map((one) => one.id)).toEqual(["pinned", "late"]);
    expect(archived(state).map((one) => one.id)).toEqual(["away"]);
  });

  it.each([
    ["counts what is unread", {}, 3, 3],
    ["counts a mark as one", { marked_unread: true }, 0, 1],
    ["does not count a mark beside messages", { marked_unread: true }, 3, 3],
    ["leaves out what is muted", { muted_until: later(), marked_unread: true }, 3, 0],
    ["counts again when a mute is over", { muted_until: earlier() }, 3, 3],
    ["leaves out the archive", { archived: true }, 3, 0],
    ["leaves out what is hidden", { hidden: true }, 3, 0],
  ])("%s", (_, kept: Partial<Flags>, unread, want) => {
    expect(unreadTotal(page({ id: "one", unread, flags: kept }))).toBe(want);
  });
});
