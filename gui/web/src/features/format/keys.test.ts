import { describe, expect, it } from "vitest";
import { fence, goOn, inCode, surround, type Edit } from "./keys.ts";

// after writes the text with the selection in it, [ and ] at its ends.
function after(text: string, edit: Edit | undefined): string | undefined {
  if (!edit) return undefined;
  const now = text.slice(0, edit.from) + edit.text + text.slice(edit.to);
  return `${now.slice(0, edit.select.from)}[${now.slice(edit.select.from, edit.select.to)}]${now.slice(edit.select.to)}`;
}

describe("keys of formatting", () => {
  it.each([
    ["a word b", 2, 6, "**", "a **[word]** b"],
    ["a **word** b", 4, 8, "**", "a [word] b"],
    ["a  word  b", 1, 9, "*", "a  *[word]*  b"],
    ["**word**", 2, 6, "*", "***[word]***"],
    ["***word***", 3, 7, "*", "**[word]**"],
    ["", 0, 0, "**", "**[]**"],
    ["****", 2, 2, "**", "[]"],
    ["a", 0, 1, "~~", "~~[a]~~"],
  ])("puts marks into %j and takes them away", (text, from, to, mark, want) => {
    expect(after(text, surround(text, from, to, mark))).toBe(want);
  });

  it.each([
    ["a b", 2, 3, "a `[b]`"],
    ["a\nb", 0, 3, "```\n[a\nb]\n```"],
    ["x a\nb y", 2, 5, "x \n```\n[a\nb]\n```\n y"],
  ])("makes code of %j", (text, from, to, want) => {
    expect(after(text, fence(text, from, to))).toBe(want);
  });

  it.each([
    ["- a", "- a\n- []"],
    ["  * a", "  * a\n  * []"],
    ["9. a", "9. a\n10. []"],
    ["2) a", "2) a\n3) []"],
    ["> a", "> a\n> []"],
    ["- a\n- ", "- a\n[]"],
    ["a", undefined],
    ["-a", undefined],
    ["```\n- a", undefined],
  ])("goes on after %j", (text, want) => {
    expect(after(text, goOn(text, text.length))).toBe(want);
  });

  it("knows where code is", () => {
    expect([inCode("```\na\n"), inCode("```\na\n```\n"), inCode("a")]).toEqual([true, false, false]);
  });
});
