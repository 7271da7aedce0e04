import { expect, it } from "vitest";
import { pauses, pauseText } from "./slow.ts";

it("offers the pause that holds, also when another page chose it", () => {
  expect(pauses(45)).toEqual([0, 10, 30, 45, 60, 300, 900, 3600]);
  expect([0, 45, 60, 7200].map(pauseText)).toEqual(["Off", "45 seconds", "1 minute", "2 hours"]);
});
