import { expect, it } from "vitest";
import { slotsOf, type Slot } from "./slots.ts";

const start = slotsOf([], ["a", "b", "c", "d"]);
const shown = (slots: readonly Slot[]) => slots.map((slot) => `${slot.id}:${slot.keys.join("")}`).join(" ");

it("gives rows at both ends slots of their own", () => {
  expect(shown(start)).toBe("a:a b:b c:c d:d");
  expect(shown(slotsOf(start, ["x", "a", "b", "c", "d", "e"]))).toBe("x:x a:a b:b c:c d:d e:e");
  expect(shown(slotsOf(start, ["b", "c"]))).toBe("b:b c:c");
});

it("has what comes between join the slot above, and what goes leave its slot", () => {
  const late = slotsOf(start, ["a", "b", "l1", "l2", "c", "d"]);
  expect(shown(late)).toBe("a:a b:bl1l2 c:c d:d");
  const gone = slotsOf(late, ["a", "l1", "l2", "d"]);
  expect(shown(gone)).toBe("a:a b:l1l2 c: d:d");
  expect(shown(slotsOf(gone, ["a", "l1", "k", "l2", "m", "d", "e"]))).toBe("a:a b:l1kl2m c: d:d e:e");
});

it("keeps the very slots that did not change", () => {
  const late = slotsOf(start, ["a", "b", "l", "c", "d"]);
  expect([late[0] === start[0], late[1] === start[1], late[2] === start[2]]).toEqual([true, false, true]);
});

it("starts over where nothing is left or the order is another one", () => {
  expect(shown(slotsOf(start, ["x", "y"]))).toBe("x:x y:y");
  expect(shown(slotsOf(start, ["b", "a", "c"]))).toBe("b:b a:a c:c");
});

it("keeps an end that was deleted out of sight of the engine's memory of the rest", () => {
  expect(shown(slotsOf(start, ["a", "b", "c"]))).toBe("a:a b:b c:c");
});
