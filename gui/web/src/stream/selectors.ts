// Questions that more than one screen asks of the state.
import type { Contact, Conversation } from "~/api/types.ts";
import type { Row, State } from "./model.ts";

// conversationsByTime are all of them in the order that the node gives them: pinned ones, then the latest first.
export function conversationsByTime(state: State): Conversation[] {
  return remember(state.conversations, "time", () =>
    Object.values(state.conversations)
      .filter((one) => one.contact !== "requested")
      .sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0)),
  );
}

// isListed tells whether a conversation stands in the list, neither archived nor hidden.
export function isListed({ contact, flags }: Conversation): boolean {
  return contact !== "requested" && !flags.archived && !flags.hidden;
}

export function listed(state: State): Conversation[] {
  return remember(state.conversations, "listed", () => conversationsByTime(state).filter(isListed));
}

export function archived(state: State): Conversation[] {
  return remember(state.conversations, "archived", () => conversationsByTime(state).filter(({ flags }) => flags.archived && !flags.hidden));
}

export function isMuted({ flags }: Conversation): boolean {
  return flags.muted_until !== undefined && Date.parse(flags.muted_until) > Date.now();
}

export function contactsByName(state: State): Contact[] {
  return remember(state.contacts, "name", () =>
    Object.values(state.contacts).sort((a, b) => a.name.localeCompare(b.name)),
  );
}

export function requests(state: State): Contact[] {
  return remember(state.contacts, "requests", () =>
    contactsByName(state).filter((contact) => contact.state === "requested"),
  );
}

// unreadTotal leaves out what is muted or not in the list. What is marked unread counts as one message.
export function unreadTotal(state: State): number {
  return Object.values(state.conversations).reduce(
    (sum, one) => sum + (!isListed(one) || one.contact === "blocked" || isMuted(one) ? 0 : one.unread || Number(one.flags.marked_unread)),
    0,
  );
}

export function rowsOf(state: State, conversation: string): Row[] {
  const keys = state.timelines[conversation]?.keys ?? [];
  return keys.flatMap((key) => state.rows[key] ?? []);
}

export function waitingCount(state: State): number {
  return Object.values(state.rows).filter((row) => row.id === "" && row.state !== "refused").length;
}

const remembered = new WeakMap<object, Map<string, unknown>>();

function remember<Result>(source: object, name: string, make: () => Result): Result {
  let results = remembered.get(source);
  if (!results) remembered.set(source, (results = new Map()));
  if (!results.has(name)) results.set(name, make());
  return results.get(name) as Result;
}
