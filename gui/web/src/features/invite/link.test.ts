import { expect, it } from "vitest";
import { readGroupLink } from "./link.ts";

const secret = "g".repeat(60);

it.each([
  [` https://node.example/join#${secret}\n`, `https://node.example/join#${secret}`],
  [`http://127.0.0.1:8420/join#${secret}`, `http://127.0.0.1:8420/join#${secret}`],
  [`conclave:join/${secret}`, `conclave:join/${secret}`],
  [`https://node.example/join#${"a".repeat(43)}`, undefined],
  [`https://node.example/i#${secret}`, undefined],
  [`javascript:x/join#${secret}`, undefined],
  [`https://node.example/join#${secret} and more`, undefined],
  ["ana@node.example", undefined],
])("sorts %j", (typed, want) => {
  expect(readGroupLink(typed)).toBe(want);
});
