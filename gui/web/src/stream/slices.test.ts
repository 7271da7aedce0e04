import { expect, it } from "vitest";
import { loadParts, sliceState } from "./slices.ts";

it("reads the state of every feature, also of one that is loaded later", async () => {
  const read: string[] = [];
  const declare = (name: string) => sliceState<string>({ name, initial: "", frames: {}, load: async () => () => name });
  const fails = sliceState<string>({ name: "fails", initial: "", frames: {}, load: () => Promise.reject(new Error("no")) });
  declare("early");
  await loadParts((slice, fn) => read.push(`${slice.name}=${String(fn(undefined))}`));
  expect(read).toEqual(["early=early"]);
  declare("late");
  await Promise.resolve();
  await Promise.resolve();
  expect(read).toEqual(["early=early", "late=late"]);
  expect(fails.initial).toBe("");
});
