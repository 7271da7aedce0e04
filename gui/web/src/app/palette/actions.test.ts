import { beforeAll, describe, expect, it } from "vitest";
import { chat, contact, conversation, flags, groupChat, me, message, mine, signedIn } from "~/stream/fixtures/build.ts";
import { hang, slots } from "~/slots/slots.ts";
import { dispatch } from "~/stream/store.ts";
import { features } from "../features.ts";
import { actions } from "./actions.ts";
import { messageKeys } from "./KeySheet.tsx";

const messages = [message("m_1"), message("m_2", { author: mine, text: "of mine" })];

beforeAll(() => {
  hang(features);
  dispatch({ type: "snapshot", me: me(), contacts: [contact()], conversations: [conversation()] });
  dispatch({ type: "page", conversation: chat, page: { items: messages }, how: "newest" });
});

const state = signedIn(...messages);
const offered = (open = conversation()) => actions(state, open, () => {});

describe("the palette", () => {
  it("offers every command, none twice", () => {
    const all = offered().map((one) => one.to);
    expect(new Set(all).size).toBe(all.length);
    const missing = slots("commands").filter((one) => one.when?.(conversation()) !== false && !all.includes(`command:${one.id}`));
    expect(missing.map((one) => one.id)).toEqual([]);
  });

  it("offers all that can be done with a message, by a command or with the newest it fits", () => {
    const all = offered().map((one) => one.to);
    const wanted = slots("rowActions").filter((one) =>
      [false, true].some((own) => one.when({ ...message("m_2", { author: own ? mine : "a_ben" }), key: "m_2" }, { own, fixed: false })),
    );
    expect(wanted.length).toBeGreaterThan(5);
    expect(wanted.filter(({ id }) => !all.includes(`row:${id}`) && !all.includes(`command:${id}`)).map((one) => one.id)).toEqual([]);
  });

  it("edits the newest message of one's own and nobody else's", () => {
    const theirs = signedIn(message("m_1"));
    expect(actions(theirs, conversation(), () => {}).map((one) => one.to)).not.toContain("row:edit");
    expect(offered().map((one) => one.to)).toContain("row:edit");
  });

  it.each([
    ["a direct chat", conversation()],
    ["a pinned and archived chat", conversation({ flags: { ...flags(), pinned: 1, archived: true, favourite: true } })],
    ["a group", groupChat()],
  ])("offers all that the menu and the panel of %s do", (_, open) => {
    const all = offered(open).map((one) => one.to);
    const wanted = [
      ...slots("listActions").filter((one) => one.when(open)).map(({ id }) => [`list:${id}`, `command:${id}`]),
      ...slots("panels").filter((one) => one.when(open)).map(({ id }) => [`/c/${open.id}?p=${id}`]),
    ];
    expect(wanted.filter((names) => !names.some((name) => all.includes(name)))).toEqual([]);
  });

  it("leads to every page that the rail leads to", () => {
    const reached = new Set<string>();
    for (const one of slots("commands")) if (!one.when && one.run.length > 0) one.run((to) => reached.add(to), undefined);
    expect(slots("pages").flatMap(({ rail }) => (rail && !reached.has(rail.to) ? [rail.to] : []))).toEqual([]);
  });

  it("offers without an open chat what needs none", () => {
    expect(actions(state, undefined, () => {}).every((one) => one.to.startsWith("command:"))).toBe(true);
  });
});

describe("the sheet of shortcuts", () => {
  it("has a line for every key of a message and every command with keys", () => {
    const lines = messageKeys();
    const keys = [...slots("rowActions").flatMap((one) => one.key ?? []), ...slots("commands").flatMap((one) => one.keys ?? [])];
    expect(keys.length).toBeGreaterThan(7);
    expect(keys.filter((key) => !lines.some((line) => line.keys.toLowerCase() === key.toLowerCase()))).toEqual([]);
    expect(lines.filter((line) => line.does === "")).toEqual([]);
  });

  it("gives no key two meanings: what stands in one line takes turns", () => {
    const shared = messageKeys().filter((line) => line.does.includes(" · ")).map((line) => line.does);
    expect(shared).toEqual(["Pin · Unpin", "Star · Remove star"]);
  });
});
