import { describe, expect, it } from "vitest";
import { group, groupChat } from "~/stream/fixtures/build.ts";
import { may, mayDelete, maySetRules, pause, silence } from "./rights.ts";

const policy = group().policy;

describe("rights in a group", () => {
  it("follow the role", () => {
    expect(may(group({ role: "member" }), "send")).toBe(true);
    expect(may(group({ role: "member" }), "add")).toBe(false);
    expect(may(group({ role: "moderator" }), "add")).toBe(true);
    expect(may(group({ role: "moderator" }), "edit")).toBe(false);
    expect([maySetRules(group({ role: "moderator" })), maySetRules(group({ role: "admin" }))]).toEqual([false, true]);
    expect([mayDelete(group({ role: "admin" })), mayDelete(group({ role: "owner" }))]).toEqual([false, true]);
  });

  it("are gone with the membership, whatever role is still told", () => {
    expect(may(group({ role: "owner", state: "removed" }), "send")).toBe(false);
    expect(mayDelete(group({ role: "owner", state: "left" }))).toBe(false);
  });

  it("leave announcements to moderators", () => {
    const loud = { ...policy, announcement: true };
    expect(silence(groupChat({}, { role: "member", policy: loud }))).toEqual({ why: "role", lowest: "moderator" });
    expect(silence(groupChat({}, { role: "moderator", policy: loud }))).toBeUndefined();
    expect(silence(groupChat({}, { role: "moderator", policy: { ...loud, send: "admin" } }))).toEqual({ why: "role", lowest: "admin" });
  });

  it("say why nothing can be written", () => {
    expect(silence(groupChat({}, { state: "removed", role: "" }))).toEqual({ why: "removed" });
    expect(silence(groupChat({}, { state: "joining", role: "member" }))).toEqual({ why: "joining" });
    expect(silence(groupChat())).toBeUndefined();
  });

  it("slow down members only", () => {
    const slow = { ...policy, slow_mode: 30 };
    expect([pause(group({ role: "member", policy: slow })), pause(group({ role: "moderator", policy: slow })), pause(undefined)]).toEqual([30, 0, 0]);
  });
});
