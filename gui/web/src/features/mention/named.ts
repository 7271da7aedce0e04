// Whom what is being written means: an @ and the name under which somebody was chosen, or is known in this page.
import type { Conversation, EditExtra, Mention } from "~/api/types.ts";
import type { Row } from "~/stream/model.ts";
import { getState } from "~/stream/store.ts";
import { onWritten, writtenIn } from "~/stream/writing.ts";

export interface Named {
  readonly name: string; // what stands behind the @
  readonly account?: string;
  readonly word?: "all" | "here";
}

const MOST = 50;
const chosen = new Map<string, readonly Named[]>();

onWritten((conversation) => {
  if (writtenIn(conversation) === "") chosen.delete(conversation);
});

export function choose(conversation: string, named: Named): void {
  chosen.set(conversation, [...(chosen.get(conversation) ?? []), named]);
}

export function unchoose(conversation: string, named: Named): void {
  chosen.set(conversation, (chosen.get(conversation) ?? []).filter((one) => one !== named));
}

// namedIn finds where a text means somebody, in units of the text: whole names behind an @, the longest first.
export function namedIn(text: string, all: readonly Named[]): { named: Named; from: number; to: number }[] {
  const found: { named: Named; from: number; to: number }[] = [];
  const byLength = [...all].sort((a, b) => b.name.length - a.name.length);
  for (let at = text.indexOf("@"); at >= 0 && found.length < MOST; at = text.indexOf("@", at)) {
    const named = /[\p{L}\p{N}_]$/u.test(text.slice(Math.max(0, at - 2), at)) ? undefined : byLength.find(({ name }) => stands(text, at + 1, name));
    const to = at + 1 + (named?.name.length ?? 0);
    if (named) found.push({ named, from: at, to });
    at = to;
  }
  return found;
}

function stands(text: string, at: number, name: string): boolean {
  return name !== "" && text.startsWith(name, at) && !/^[\p{L}\p{N}_]/u.test(text.slice(at + name.length, at + name.length + 2));
}

// meant gives whom a text means: who was chosen for it, and people whom one name alone is known for.
export function meant(conversation: string, text: string, before: readonly Named[] = []): ReturnType<typeof namedIn> {
  if (!text.includes("@")) return [];
  const picked = [...before, ...(chosen.get(conversation) ?? [])];
  const others = knownIn(conversation).filter((one, _, all) => all.every((other) => other.account === one.account || other.name !== one.name));
  return namedIn(text, [...picked, ...others.filter((one) => picked.every(({ name }) => name !== one.name))]);
}

function knownIn(id: string): Named[] {
  const { conversations, members, contacts, me } = getState();
  const conversation: Conversation | undefined = conversations[id];
  if (conversation?.with !== undefined) return [{ name: conversation.name, account: conversation.with }];
  const people = [...(members[id]?.items ?? []), ...Object.values(contacts).map(({ acct, name }) => ({ account: acct, name }))];
  return people.flatMap(({ account, name }) => (account === me?.acct ? [] : [{ account, name }]));
}

// sendOf is what the node is told of those whom a text means.
export function sendOf(found: ReturnType<typeof namedIn>): EditExtra {
  const accounts = new Set(found.flatMap(({ named }) => named.account ?? []));
  const words = new Set(found.map(({ named }) => named.word));
  return { ...(accounts.size > 0 && { mentions: [...accounts] }), ...(words.has("all") && { all: true }), ...(words.has("here") && { here: true }) };
}

const bytes = (text: string) => new TextEncoder().encode(text).length;

// rangesOf gives mentions as the node does: in bytes.
export function rangesOf(text: string, found: ReturnType<typeof namedIn>): Mention[] {
  return found.map(({ named: { account, word }, from, to }) => {
    const start = bytes(text.slice(0, from));
    return { ...(account !== undefined && { account }), ...(word && { word }), from: start, to: start + bytes(text.slice(from, to)) };
  });
}

// namesIn gives whom a message mentions by what stands in its text.
export function namesIn({ text, mentions }: Pick<Row, "text" | "mentions">): Named[] {
  if (!mentions) return [];
  const raw = new TextEncoder().encode(text);
  return mentions.map(({ account, word, from, to }) => ({
    name: new TextDecoder().decode(raw.slice(from + 1, to)),
    ...(account !== undefined && { account }),
    ...(word && { word }),
  }));
}

// mayMentionAll tells whether the person may mean everyone of a group.
export function mayMentionAll({ group }: Conversation): boolean {
  return group !== undefined && group.role !== "" && (group.members <= SMALL || group.role !== "member");
}

// SMALL is up to how many members everybody may mention all, and nobody is asked.
export const SMALL = 20;
