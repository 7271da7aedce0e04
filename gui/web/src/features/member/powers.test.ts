import { describe, expect, it } from "vitest";
import type { Member, Role } from "~/api/types.ts";
import { group, mine } from "~/stream/fixtures/build.ts";
import { closedRole, mayRemove, rolesFor } from "./powers.ts";

const person = (role: Role, account = "a_x"): Member => ({ account, name: "X", role, local: false, connected: true });

describe("what one may do to another", () => {
  it.each<[Role, Role, number, boolean]>([
    ["owner", "admin", 3, true],
    ["admin", "moderator", 3, true],
    ["admin", "admin", 0, false],
    ["admin", "owner", 0, false],
    ["moderator", "member", 0, true],
    ["moderator", "moderator", 0, false],
    ["member", "member", 0, false],
  ])("%s to %s", (role, theirs, roles, remove) => {
    expect(rolesFor(group({ role }), person(theirs), mine)).toHaveLength(roles);
    expect(mayRemove(group({ role }), person(theirs), mine)).toBe(remove);
  });

  it("is nothing once one is out", () => {
    const out = group({ role: "owner", state: "removed" });
    expect([rolesFor(out, person("member"), mine), mayRemove(out, person("member"), mine)]).toEqual([[], false]);
  });

  it("names why a role stays", () => {
    expect(closedRole(group({ role: "owner" }), person("owner", mine), mine)).toBe("owner");
    expect(closedRole(group({ role: "admin" }), person("admin", mine), mine)).toBe("self");
    expect(closedRole(group({ role: "moderator" }), person("member"), mine)).toBe("closed");
    expect(closedRole(group({ role: "admin" }), person("admin"), mine)).toBe("rank");
  });
});
