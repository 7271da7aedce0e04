import { describe, expect, it } from "vitest";
import type { Completion } from "~/slots/types.ts";
import { wordAt } from "./words.ts";

const people: Completion = { id: "people", trigger: "@", find: () => [] };
const emoji: Completion = { id: "emoji", trigger: ":", least: 2, find: () => [] };
const orders: Completion = { id: "orders", trigger: "/", start: true, find: () => [] };
const all = [people, emoji, orders];

const at = (marked: string) => {
  const caret = marked.indexOf("|");
  const word = wordAt(marked.replace("|", ""), caret, all);
  return word && [word.from, word.to, word.typed, ...word.by.map((one) => one.id)];
};

describe("the word before the caret", () => {
  it.each([
    ["@|", [0, 1, "", "people"]],
    ["hi @an|", [3, 6, "an", "people"]],
    ["hi @an| there", [3, 6, "an", "people"]],
    ["(@an|", [1, 4, "an", "people"]],
    [":sm|", [0, 3, "sm", "emoji"]],
    ["/he|", [0, 3, "he", "orders"]],
    ["\n@ünï|", [1, 5, "ünï", "people"]],
  ])("%s", (text, word) => expect(at(text)).toEqual(word));

  it.each(["ann@home|", ":s|", "see /he|", "12:30|", "@an |", "nothing|", "|", "a\u{1f600}:|"])("nothing in %s", (text) => expect(at(text)).toBeUndefined());
});
