import { describe, expect, it } from "vitest";
import type { Member, Role } from "~/api/types.ts";
import { changed, loading, stale, unnamed, withPage, type MemberList } from "./members.ts";

const member = (name: string, role: Role = "member"): Member => ({ account: `a_${name}`, name, role, local: false, connected: true });
const list = (items: Member[], next?: string, query = ""): MemberList => ({ query, items, next, status: "ready" });
const names = (from: MemberList | undefined) => from?.items.map((one) => one.name);
const change = (name: string, role: Role | "") => ({ account: `a_${name}`, name, role });

describe("the people of a group", () => {
  it("come page by page, nobody twice", () => {
    const first = withPage(loading(undefined, ""), "", { items: [member("Ana", "owner"), member("Ben")], next: "2" }, undefined);
    const both = withPage(first, "", { items: [member("Ben"), member("Eva")] }, "2");
    expect(names(both)).toEqual(["Ana", "Ben", "Eva"]);
    expect(both?.next).toBeUndefined();
  });

  it("without a name stand last of their role, until it comes", () => {
    const nameless: Member = { ...member("x"), account: "Ab3kfz9Q0011aaaa", name: "Ab3kfz9Q0011" };
    expect([unnamed(nameless), unnamed(member("Ab3")), unnamed({ account: "Ab3kfz9Q0011aaaa", name: "Ab3" })]).toEqual([true, false, false]);
    const before = list([member("Ana", "owner"), member("Zoe")]);
    const added = changed(before, { account: nameless.account, name: nameless.name, role: "member" });
    expect(names(added)).toEqual(["Ana", "Zoe", "Ab3kfz9Q0011"]);
    expect(names(changed(added, { account: nameless.account, name: "Ben", role: "member" }))).toEqual(["Ana", "Ben", "Zoe"]);
  });

  it("are stale when they were read to the end and are not as many as there are", () => {
    const two = [member("Ana"), member("Ben")];
    expect([stale(list(two), 2), stale(list(two), 3), stale(list(two, "2"), 3), stale(list(two, undefined, "a"), 3), stale(undefined, 3)]).toEqual([false, true, false, false, false]);
  });

  it("are not mixed with the answer to an older question", () => {
    const asked = loading(list([member("Ana")]), "be");
    expect(withPage(asked, "", { items: [member("Ana")] }, undefined)).toBe(asked);
  });

  it("keep their order when somebody comes, goes or gets another role", () => {
    const start = list([member("Ana", "owner"), member("Ben"), member("Dan")]);
    expect(names(changed(start, change("Cem", "member")))).toEqual(["Ana", "Ben", "Cem", "Dan"]);
    expect(names(changed(start, change("Dan", "admin")))).toEqual(["Ana", "Dan", "Ben"]);
    expect(names(changed(start, change("Ben", "")))).toEqual(["Ana", "Dan"]);
  });

  it("leave to the next page who belongs there", () => {
    const start = list([member("Ana", "owner"), member("Ben")], "2");
    expect(names(changed(start, change("Zoe", "member")))).toEqual(["Ana", "Ben"]);
    expect(names(changed(start, change("Amy", "member")))).toEqual(["Ana", "Amy", "Ben"]);
  });

  it("stay within what was searched for", () => {
    const found = list([member("Ben")], undefined, "be");
    expect(names(changed(found, change("Zoe", "member")))).toEqual(["Ben"]);
    expect(names(changed(found, change("Abel", "member")))).toEqual(["Abel", "Ben"]);
  });

  it("keep what is known of a person", () => {
    const [ben] = changed(list([member("Ben")]), change("Ben", "admin")).items;
    expect(ben).toEqual({ ...member("Ben"), role: "admin" });
  });
});
