// The people of a group as far as they were read: the node sorts them, by
// role and then by name, and live changes find their place in that order.
import type { Member, Role } from "~/api/types.ts";

export interface MemberList {
  readonly query: string;
  readonly items: readonly Member[];
  readonly next: string | undefined; // where the list goes on; undefined at its end
  readonly status: "loading" | "ready" | "error";
}

export interface MemberPage {
  readonly items: readonly Member[];
  readonly next?: string | undefined;
}

export const RANK: Readonly<Record<Role | "", number>> = { "": 0, member: 1, moderator: 2, admin: 3, owner: 4 };

export function loading(list: MemberList | undefined, query: string): MemberList {
  const kept = list?.query === query ? list : { items: [], next: undefined };
  return { query, items: kept.items, next: kept.next, status: "loading" };
}

// withPage adds a page; without a cursor it starts the list over. An answer
// to a question that is no longer asked is dropped.
export function withPage(list: MemberList | undefined, query: string, page: MemberPage, before: string | undefined): MemberList | undefined {
  if (list && list.query !== query) return list;
  const known = before === undefined ? [] : (list?.items ?? []);
  const fresh = page.items.filter((one) => !known.some((other) => other.account === one.account));
  return { query, items: [...known, ...fresh], next: page.next, status: "ready" };
}

export interface MemberChange {
  readonly account: string;
  readonly name: string;
  readonly role: Role | "";
}

// changed puts a person in, out, or to another place. Who belongs behind what
// was read so far comes with its page.
export function changed(list: MemberList, change: MemberChange): MemberList {
  const { account, name, role } = change;
  const before = list.items.find((one) => one.account === account);
  const items = list.items.filter((one) => one.account !== account);
  if (role === "") return before ? { ...list, items } : list;
  if (!before && !name.toLocaleLowerCase().includes(list.query.toLocaleLowerCase())) return list;
  const member: Member = { local: false, connected: false, ...before, account, name, role };
  const at = items.findIndex((one) => precedes(member, one));
  if (at < 0 && list.next !== undefined) return { ...list, items };
  return { ...list, items: at < 0 ? [...items, member] : items.toSpliced(at, 0, member) };
}

const SHORT = 12; // characters of an account that stand for a name

// unnamed tells that somebody's name has not come yet: until then the node
// gives the beginning of the account instead.
export function unnamed({ account, name }: Pick<Member, "account" | "name">): boolean {
  return name === "" || (name.length >= SHORT && account.startsWith(name));
}

// stale tells that a list read to its end misses changes: of many at once the
// stream tells only how many members there are now.
export function stale(list: MemberList | undefined, members: number): boolean {
  return list?.status === "ready" && list.query === "" && list.next === undefined && list.items.length !== members;
}

function precedes(one: Member, other: Member): boolean {
  if (one.role !== other.role) return RANK[one.role] > RANK[other.role];
  if (unnamed(one) !== unnamed(other)) return unnamed(other);
  return one.name.localeCompare(other.name) < 0;
}
