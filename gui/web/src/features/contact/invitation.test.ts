import { expect, it } from "vitest";
import { readInvitation } from "./invitation.ts";

it.each([
  ["https://node.example/i#Token_-~a", { link: "https://node.example/i#Token_-~a" }],
  ["  http://127.0.0.1:8420/i#T\n", { link: "http://127.0.0.1:8420/i#T" }],
  ["conclave:i/T~/ip4/1.2.3.4/tcp/1", { link: "conclave:i/T~/ip4/1.2.3.4/tcp/1" }],
  ["ana@node.example", { address: "ana@node.example" }],
  ["ana@127.0.0.1:8420", { address: "ana@127.0.0.1:8420" }],
  ["hello there", undefined],
  ["https://node.example/join#T", undefined],
  ["javascript:alert(1)/i#x", undefined],
  ["two words@node.example", undefined],
  ["", undefined],
])("sorts %j", (typed, want) => {
  expect(readInvitation(typed)).toEqual(want);
});
