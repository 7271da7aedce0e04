import { describe, expect, it } from "vitest";
import { endOf } from "./ends.ts";
import { presenceLine } from "./presence.ts";

describe("the end of a status", () => {
  it("is at the end of the day or of the week where the person is", () => {
    const now = new Date(2026, 2, 4, 22, 30); // a Wednesday
    const at = (text: string | undefined) => new Date(text ?? "");
    expect(endOf("never", now)).toBeUndefined();
    expect(at(endOf("hour", now))).toEqual(new Date(2026, 2, 4, 23, 30));
    expect(at(endOf("hours", now))).toEqual(new Date(2026, 2, 5, 2, 30));
    expect(at(endOf("today", now))).toEqual(new Date(2026, 2, 5));
    expect(at(endOf("week", now))).toEqual(new Date(2026, 2, 9));
    expect(at(endOf("week", new Date(2026, 2, 8, 12)))).toEqual(new Date(2026, 2, 9));
  });
});

describe("the words for who is there", () => {
  it("tell the state, the status and, of who is away for longer, since when", () => {
    const plain = (text: string) => text.replace(/[\u2068\u2069]/g, "");
    expect(presenceLine({ state: "online" })).toBe("Online");
    expect(plain(presenceLine({ state: "busy", text: "In a meeting", emoji: "📅" }))).toBe("Busy · 📅 In a meeting");
    expect(presenceLine({ state: "offline" })).toBe("Offline");
    const now = new Date(2026, 2, 4, 22, 30);
    expect(plain(presenceLine({ state: "offline", last_seen: new Date(2026, 2, 4, 20, 5).toISOString() }, now))).toMatch(/^Last seen .*05/);
  });
});
