import { expect, it } from "vitest";
import { readGroupLink } from "./link.ts";

it.each([
  [" https://node.example/j#Token_-a\n", "https://node.example/j#Token_-a"],
  ["http://127.0.0.1:8420/j#T", "http://127.0.0.1:8420/j#T"],
  ["conclave:j/T~/ip4/1.2.3.4/tcp/1", "conclave:j/T~/ip4/1.2.3.4/tcp/1"],
  ["https://node.example/join#T", undefined],
  ["https://node.example/i#T", undefined],
  ["javascript:x/j#T", undefined],
  ["https://node.example/j#T and more", undefined],
  ["ana@node.example", undefined],
])("sorts %j", (typed, want) => {
  expect(readGroupLink(typed)).toBe(want);
});
