import { describe, expect, it } from "vitest";
import { chat, message, mine, signedIn } from "~/stream/fixtures/build.ts";
import { newestOfOthers } from "./seen.ts";

describe("what is marked as read", () => {
  it("is the last message of the other at or above the row that was seen", () => {
    const state = signedIn(message("m_1"), message("m_2"), message("m_3", { author: mine }), message("m_4"));
    expect(newestOfOthers(state, chat, "m_3")).toBe("m_2");
    expect(newestOfOthers(state, chat, "m_4")).toBe("m_4");
  });

  it("is told to the author also when an answer made it read here", () => {
    const state = signedIn(message("m_1", { state: "read" }), message("m_2", { author: mine }));
    expect(newestOfOthers(state, chat, "m_2")).toBe("m_1");
  });

  it("is nothing when it is unreadable or not seen", () => {
    const state = signedIn(message("m_1", { kind: "notice" }), message("m_2", { kind: "waiting" }));
    expect(newestOfOthers(state, chat, "m_2")).toBeUndefined();
    expect(newestOfOthers(state, chat, undefined)).toBeUndefined();
  });
});
