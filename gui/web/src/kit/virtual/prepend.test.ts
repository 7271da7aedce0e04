import { expect, it } from "vitest";
import { isShift, isTorn } from "./MessageScroller.tsx";

it("tells a change in front from every other change", () => {
  expect(isShift(["c", "d"], ["a", "b", "c", "d"])).toBe(true);
  expect(isShift(["c", "d"], ["c", "d", "e"])).toBe(false);
  expect(isShift(["c", "d"], ["x", "y"])).toBe(false);
  expect(isShift([], ["a"])).toBe(false);
  expect(isShift(["a", "b", "c"], ["b", "c"])).toBe(true);
  expect(isShift(["a", "b", "c"], ["a", "b"])).toBe(false);
});

it("tells a list that is cut at both ends from one that is cut at one", () => {
  const list = ["a", "b", "c", "d"];
  expect(isTorn(list, ["b", "c"])).toBe(true);
  expect(isTorn(list, ["b", "c", "d"])).toBe(false);
  expect(isTorn(list, ["a", "b"])).toBe(false);
  expect(isTorn(list, ["x", "y"])).toBe(false);
  expect(isTorn([], list)).toBe(false);
});
