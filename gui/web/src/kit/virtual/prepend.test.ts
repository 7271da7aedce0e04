import { expect, it } from "vitest";
import { isShift } from "./MessageScroller.tsx";

it("tells a change in front from every other change", () => {
  expect(isShift(["c", "d"], ["a", "b", "c", "d"])).toBe(true);
  expect(isShift(["c", "d"], ["c", "d", "e"])).toBe(false);
  expect(isShift(["c", "d"], ["x", "y"])).toBe(false);
  expect(isShift([], ["a"])).toBe(false);
  expect(isShift(["a", "b", "c"], ["b", "c"])).toBe(true);
  expect(isShift(["a", "b", "c"], ["a", "b"])).toBe(false);
});
