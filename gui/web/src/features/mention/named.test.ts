import { describe, expect, it } from "vitest";
import { namedIn, namesIn, rangesOf, sendOf, type Named } from "./named.ts";

const ben: Named = { name: "Ben", account: "b" };
const benji: Named = { name: "Ben Ji", account: "j" };
const all: Named = { name: "all", word: "all" };
const found = (text: string) => namedIn(text, [ben, benji, all]).map(({ named, from, to }) => [named.account ?? named.word, text.slice(from, to)]);

describe("whom a text means", () => {
  it("finds whole names behind an @, the longest first", () => {
    expect(found("@Ben, @Ben Ji and @all")).toEqual([["b", "@Ben"], ["j", "@Ben Ji"], ["all", "@all"]]);
    expect(found("@Benjamin me@Ben @ben @Ben_ é@Ben 😀@Ben @@Ben")).toEqual([["b", "@Ben"], ["b", "@Ben"]]);
    expect(found("")).toEqual([]);
    expect(found("@")).toEqual([]);
  });

  it("tells the node of each person once", () => {
    expect(sendOf(namedIn("@Ben @Ben @all", [ben, all]))).toEqual({ mentions: ["b"], all: true });
    expect(sendOf([])).toEqual({});
  });

  it("counts in bytes as the node does, and back", () => {
    const text = "é 😀 @Ben!";
    const mentions = rangesOf(text, namedIn(text, [ben]));
    expect(mentions).toEqual([{ account: "b", from: 8, to: 12 }]);
    expect(namesIn({ text, mentions })).toEqual([ben]);
  });

  it("marks at most fifty places", () => {
    expect(namedIn("@Ben ".repeat(60), [ben])).toHaveLength(50);
  });
});
