// What one may do to another person of a group: the node's rules, so that
// the page offers only what the node will do.
import type { Group, Member, Role } from "~/api/types.ts";
import { RANK } from "~/stream/members.ts";

const GIVEN: readonly Role[] = ["member", "moderator", "admin"];

// rolesFor lists the roles one may give this person; none when one may not.
export function rolesFor(group: Group, member: Member, mine: string | undefined): readonly Role[] {
  return closedRole(group, member, mine) === undefined ? GIVEN.filter((role) => RANK[role] <= RANK[group.role]) : [];
}

export type ClosedRole = "closed" | "rank" | "self" | "owner";

// closedRole names why a role cannot be changed.
export function closedRole(group: Group, member: Member, mine: string | undefined): ClosedRole | undefined {
  if (member.account === mine) return member.role === "owner" ? "owner" : "self";
  if (group.state !== "joined" || RANK[group.role] < RANK.admin) return "closed";
  return RANK[member.role] < RANK[group.role] ? undefined : "rank";
}

export function mayRemove(group: Group, member: Member, mine: string | undefined): boolean {
  return (
    group.state === "joined" && member.account !== mine && RANK[group.role] >= RANK.moderator && RANK[member.role] < RANK[group.role]
  );
}
