import { describe, expect, it } from "vitest";
import { emojiTable, findEmoji, withTone } from "./table.ts";

describe("the table of emoji", async () => {
  const groups = await emojiTable();
  const find = (query: string) => findEmoji(groups, query, 5).map((one) => one.text);
  const one = (text: string) => groups.flatMap((group) => group.emoji).find((emoji) => emoji.text === text) ?? expect.fail(text);

  it("holds each emoji once, in nine groups", () => {
    const all = groups.flatMap((group) => group.emoji.map((emoji) => emoji.text));
    expect(groups.map((group) => group.id)).toHaveLength(9);
    expect(all.length).toBeGreaterThan(1900);
    expect(new Set(all).size).toBe(all.length);
  });

  it("finds them by name and by other words", () => {
    expect(find("thumbs up")).toContain("👍");
    expect(find("THUMBS_UP")[0]).toBe("👍");
    expect(find("tada")).toContain("🎉");
    expect(find("rocket")[0]).toBe("🚀");
    expect(find("🚀")).toEqual(["🚀"]);
    expect(find("no such thing at all")).toEqual([]);
  });

  it("gives people skin tones, and nothing else", () => {
    expect(withTone(one("👍"), "🏽")).toBe("👍🏽");
    expect(withTone(one("☝️"), "🏽")).toBe("☝🏽");
    expect(withTone(one("🧑‍⚕️"), "🏽")).toBe("🧑🏽‍⚕️");
    expect(withTone(one("👩‍❤️‍👨"), "🏽")).toBe("👩🏽‍❤️‍👨🏽");
    expect(withTone(one("🚀"), "🏽")).toBe("🚀");
    expect(withTone(one("👍"), "")).toBe("👍");
  });
});
