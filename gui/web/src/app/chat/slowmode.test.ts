import { expect, it } from "vitest";
import { group, groupChat, message, mine, signedIn } from "~/stream/fixtures/build.ts";
import { reduce } from "~/stream/reducer.ts";
import type { Message, Role } from "~/api/types.ts";
import { countdown, pauseEnd } from "./slowmode.ts";

const at = "2026-03-01T10:00:00.000Z";

function end(role: Role, slow_mode: number, ...messages: Message[]): number {
  const chat = groupChat({}, { role, policy: { ...group().policy, slow_mode } });
  const state = reduce(signedIn(), { type: "conversation", conversation: chat });
  return pauseEnd(reduce(state, { type: "page", conversation: chat.id, page: { items: messages }, how: "newest" }), chat.id);
}

it("waits from the last own message that went out", () => {
  const own = message("m_1", { author: mine, sent_at: at });
  const failed = message("m_2", { author: mine, sent_at: "2026-03-01T11:00:00.000Z", state: "failed" });
  expect(end("member", 30, own, failed, message("m_3"))).toBe(new Date(at).getTime() + 30_000);
  expect(end("member", 30, message("m_3"))).toBe(0);
  expect(end("member", 0, own)).toBe(0);
  expect(end("admin", 30, own)).toBe(0);
});

it("writes what is left", () => {
  expect([5, 65, 3600].map(countdown)).toEqual(["0:05", "1:05", "60:00"]);
});
