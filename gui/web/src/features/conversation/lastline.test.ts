import { expect, it } from "vitest";
import { conversation, groupChat, mine, other } from "~/stream/fixtures/build.ts";
import { lastLine } from "./lastline.ts";

const last = { id: "m_1", author: other, author_name: "Ben", text: "hello", sent_at: "2026-03-01T10:00:00.000Z", state: "delivered" as const };
const line = (...args: Parameters<typeof lastLine>) => lastLine(...args).replace(/[\u2068\u2069]/g, "");

it("names who wrote last in a group, and nobody between two", () => {
  expect(line(groupChat({ last }), mine)).toBe("Ben: hello");
  expect(line(groupChat({ last: { ...last, author: mine } }), mine)).toBe("You: hello");
  expect(line(conversation({ last }), mine)).toBe("hello");
});

it("says that one is out before what was said last", () => {
  expect(line(groupChat({ last }, { state: "removed" }), mine)).toBe("You were removed");
  expect(line(groupChat(), mine)).toBe("No messages yet");
});
