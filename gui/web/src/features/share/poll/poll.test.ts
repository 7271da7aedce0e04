import { describe, expect, it } from "vitest";
import { faults, isOver, mine, shareOf, timeLeft } from "./poll.ts";

const poll = { options: [{ text: "a", count: 2, mine: true }, { text: "b", count: 1 }], voters: 3 };

describe("a poll", () => {
  it("has options that are short and different", () => {
    expect(faults(["a", " a ", "", "", "é".repeat(101), "é".repeat(100)])).toEqual([undefined, "same", undefined, undefined, "long", undefined]);
  });

  it("is told in parts of those who voted", () => {
    expect([shareOf(poll, 2), shareOf({ ...poll, voters: 0 }, 0), mine(poll)]).toEqual([2 / 3, 0, [0]]);
  });

  it("is over when it was ended, or at its time", () => {
    const now = Date.parse("2026-01-01T12:00:00Z");
    expect(isOver(poll, now)).toBe(false);
    expect(isOver({ ...poll, closed: true }, now)).toBe(true);
    expect(isOver({ ...poll, ends_at: "2026-01-01T11:59:59Z" }, now)).toBe(true);
    expect(isOver({ ...poll, ends_at: "2026-01-01T12:00:01Z" }, now)).toBe(false);
  });

  it.each([
    ["2026-01-01T12:00:10Z", "minutes", 1],
    ["2026-01-01T12:59:10Z", "minutes", 60],
    ["2026-01-01T13:10:00Z", "hours", 1],
    ["2026-01-03T11:00:00Z", "hours", 47],
    ["2026-01-08T12:00:00Z", "days", 7],
  ])("that ends %s has %s left, %d", (at, unit, count) => {
    expect(timeLeft(at, Date.parse("2026-01-01T12:00:00Z"))).toEqual({ unit, count });
  });
});
