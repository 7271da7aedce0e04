import { expect, it } from "vitest";
import { byteLength, sendsOn } from "./writing.ts";

const enter = { key: "Enter", shiftKey: false, altKey: false, isComposing: false, keyCode: 13 };

it("sends on Enter, not on the Enter that ends a composed word", () => {
  expect(sendsOn(enter, false)).toBe(true);
  expect(sendsOn({ ...enter, shiftKey: true }, false)).toBe(false);
  expect(sendsOn({ ...enter, isComposing: true }, false)).toBe(false);
  expect(sendsOn({ ...enter, keyCode: 229 }, false)).toBe(false);
  expect(sendsOn(enter, true)).toBe(false);
  expect(sendsOn({ ...enter, key: "a" }, false)).toBe(false);
});

it("counts bytes as the node does", () => {
  expect(byteLength("aé漢👍")).toBe(1 + 2 + 3 + 4);
});
