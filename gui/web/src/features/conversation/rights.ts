// Who may do what in a group: the same rules as the node's, so that the page
// offers only what the node will do. The node decides.
import type { Conversation, Group, Policy, Role } from "~/api/types.ts";
import { RANK } from "~/stream/members.ts";

export type Right = "send" | "add" | "edit" | "pin" | "invite";

export const RIGHTS: readonly Right[] = ["send", "add", "invite", "edit", "pin"];

// lowestFor gives the lowest role that has the right.
export function lowestFor(policy: Policy, right: Right): Role {
  const role = policy[right];
  return right === "send" && policy.announcement && RANK[role] < RANK.moderator ? "moderator" : role;
}

export function may(group: Group, right: Right): boolean {
  return isIn(group) && RANK[group.role] >= RANK[lowestFor(group.policy, right)];
}

export function isIn(group: Group): boolean {
  return group.state === "joined" && group.role !== "";
}

// maySetRules tells who changes the policy; mayDelete who ends the group.
export function maySetRules(group: Group): boolean {
  return isIn(group) && RANK[group.role] >= RANK.admin;
}

export function mayDelete(group: Group): boolean {
  return isIn(group) && group.role === "owner";
}

// Silence is why nothing can be written: a state, or a right that is missing.
export type Silence = { why: "joining" | "left" | "removed" | "deleted" } | { why: "role"; lowest: Role };

export function silence(conversation: Conversation): Silence | undefined {
  const { group } = conversation;
  if (!group) return undefined;
  if (group.state !== "joined") return { why: group.state };
  return may(group, "send") ? undefined : { why: "role", lowest: lowestFor(group.policy, "send") };
}

// pause gives the seconds that must pass between two own messages.
export function pause(group: Group | undefined): number {
  return group?.role === "member" ? group.policy.slow_mode : 0;
}
