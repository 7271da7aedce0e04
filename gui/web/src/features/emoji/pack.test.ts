import { describe, expect, it } from "vitest";
import { readArchive, writeArchive } from "./archive.ts";
import { changed, nameFrom, NAME } from "./pack.ts";

const dot = "data:image/png;base64,iVBORw0KGgo=";

describe("a pack as a file", () => {
  it("is read as it was written", () => {
    const all = [{ name: "party", picture: dot }, { name: "wave-2", picture: dot }];
    expect(readArchive(writeArchive(all))).toEqual(all);
    expect(readArchive(writeArchive([]))).toEqual([]);
  });

  it("is refused where it was not written so", () => {
    const file = (emoji: unknown, form: unknown = "conclave-emoji-1") => JSON.stringify({ form, emoji });
    const one = (name: unknown, picture: unknown) => ({ name, picture });
    const wrong: Record<string, string> = {
      "no JSON": "{",
      nothing: "null",
      "a list": "[]",
      "another form": file([], "conclave-emoji-2"),
      "a field more": JSON.stringify({ form: "conclave-emoji-1", emoji: [], more: 1 }),
      "no list": file({}),
      "a name in capitals": file([one("Party", dot)]),
      "a name that climbs": file([one("../../x", dot)]),
      "a name twice": file([one("party", dot), one("party", dot)]),
      "no text for a name": file([one(1, dot)]),
      "a picture elsewhere": file([one("party", "https://a.example/x.png")]),
      "a picture that runs": file([one("party", "data:image/svg+xml;base64,AAAA")]),
      "a large picture": file([one("party", `data:image/png;base64,${"A".repeat(44_000)}`)]),
      "an entry of more": file([{ ...one("party", dot), by: "a" }]),
      "too many": file(Array.from({ length: 101 }, (_, n) => one(`e${n + 10}`, dot))),
      "a large file": " ".repeat(5 * 1024 * 1024 + 1),
    };
    for (const [what, text] of Object.entries(wrong)) expect(readArchive(text), what).toBeUndefined();
  });
});

it("makes names of those of files", () => {
  expect(nameFrom("Party Parrot!.gif")).toBe("party_parrot");
  expect(nameFrom("ÄÖ.png")).toBe("");
  expect(NAME.test(nameFrom(`${"long name ".repeat(9)}.webp`))).toBe(true);
});

it("reads a pack again that changed, and none that nobody looked for", () => {
  expect(changed({}, { conversation: "c" })).toEqual({});
  expect(changed({ c: { items: [] }, d: { items: [] } }, { conversation: "c" })).toEqual({ c: { items: [], stale: true }, d: { items: [] } });
});
