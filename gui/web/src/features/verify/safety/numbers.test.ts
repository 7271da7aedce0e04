import { describe, expect, it } from "vitest";
import type { Conversation, Verification } from "~/api/types.ts";
import { verifications, verifiedIn } from "../state.ts";
import { groups } from "./numbers.ts";

describe("a safety number", () => {
  it("is read as twelve groups of five", () => {
    const number = Array.from({ length: 60 }, (_, i) => i % 10).join("");
    expect(groups(number)).toHaveLength(12);
    expect(groups(number).join("")).toBe(number);
    expect(groups("")).toEqual([]);
  });
});

describe("who is verified", () => {
  const chat = { id: "c", with: "a_ben" } as Conversation;
  const told = (state: Verification["state"]) => verifications.frames.verification?.({}, { acct: "a_ben", state }) ?? {};
  it("is the other of a direct chat, as the node says", () => {
    expect(verifiedIn({}, chat)).toBe("new");
    expect(verifiedIn(told("verified"), chat)).toBe("verified");
    expect(verifiedIn(told("changed"), chat)).toBe("changed");
  });
  it("is nobody in a group", () => {
    expect(verifiedIn(told("verified"), { id: "g" } as Conversation)).toBe("new");
  });
});
