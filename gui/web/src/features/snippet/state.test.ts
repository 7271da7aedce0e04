import { expect, test } from "vitest";
import { faultOf, matching, type Snippets } from "./state.ts";

const part: Snippets = {
  loaded: true,
  all: { a: { id: "a", name: "thanks", text: "Thank you" }, b: { id: "b", name: "Thursday", text: "On Thursday" }, c: { id: "c", name: "many-thanks", text: "!" } },
};

test("what begins with the typed word comes before what holds it", () => {
  expect(matching(part, "TH").map((one) => one.id)).toEqual(["a", "b", "c"]);
  expect(matching(part, "thanks").map((one) => one.id)).toEqual(["a", "c"]);
  expect(matching(part, "").length).toBe(3);
  expect(matching(part, "x")).toEqual([]);
});

test("names are one word, texts are bounded", () => {
  expect(faultOf("ok", "x")).toBeUndefined();
  for (const name of ["", "a b", "/a", "x".repeat(33)]) expect(faultOf(name, "x")).toEqual({ name: true });
  expect(faultOf("a", "")).toEqual({ empty: true });
  expect(faultOf("a", "é".repeat(2001))).toEqual({ over: 2 });
});
