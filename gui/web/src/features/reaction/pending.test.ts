import { describe, expect, it } from "vitest";
import type { Message, Reaction } from "~/api/types.ts";
import { namesOf } from "./names.ts";
import { pending, put, withPending } from "./pending.ts";

const one = (emoji: string, count: number, mine: boolean, names: string[] = []): Reaction => ({ emoji, count, mine, names });
const told = (id: string, reactions: Reaction[]) => pending.frames.message!({ m: { "👍": true, "🎉": false } }, { id, reactions } as unknown as Message & never);

describe("reactions that are on their way", () => {
  it("are shown as they will be", () => {
    const shown = [one("👍", 1, false, ["Ana"]), one("🎉", 1, true)];
    expect(withPending(shown, undefined)).toBe(shown);
    expect(withPending(shown, { "👍": true, "🎉": false, "❤️": true })).toEqual([one("👍", 2, true, ["Ana"]), one("❤️", 1, true)]);
    expect(withPending(shown, { "👍": false, "🎉": true })).toEqual(shown);
    expect(withPending([], { ":party:i_x": true })).toEqual([{ ...one(":party:", 1, true), picture: "i_x" }]);
  });

  it("are over once the node tells of them", () => {
    expect(told("m", [one("👍", 1, true)])).toEqual({});
    expect(told("m", [one("🎉", 1, true)])).toEqual({ m: { "👍": true, "🎉": false } });
    expect(told("other", [])).toEqual({ m: { "👍": true, "🎉": false } });
    expect(put({ m: { "👍": true } }, "m", {})).toEqual({});
  });
});

describe("who reacted, in words", () => {
  it("names the person first, then others, then how many more", () => {
    expect(namesOf(one("👍", 1, true))).toBe("You");
    expect(namesOf(one("👍", 2, true, ["Ana"]))).toBe("You and Ana");
    expect(namesOf(one("👍", 3, false, ["Ana", "Ben", "Cy"]))).toBe("Ana, Ben, and Cy");
    expect(namesOf(one("👍", 9, true, ["Ana", "Ben", "Cy"]))).toBe("You, Ana, Ben, Cy, and 5 others");
  });
});
