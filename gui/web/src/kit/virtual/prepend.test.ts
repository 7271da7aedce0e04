import { expect, it } from "vitest";
import { isPrepend } from "./MessageScroller.tsx";

it("tells older rows in front from every other change", () => {
  expect(isPrepend(["c", "d"], ["a", "b", "c", "d"])).toBe(true);
  expect(isPrepend(["c", "d"], ["c", "d", "e"])).toBe(false);
  expect(isPrepend(["c", "d"], ["x", "y"])).toBe(false);
  expect(isPrepend([], ["a"])).toBe(false);
});
