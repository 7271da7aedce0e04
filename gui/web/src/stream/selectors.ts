// Questions that more than one screen asks of the state.
import type { Contact, Conversation } from "~/api/types.ts";
import type { Row, State } from "./model.ts";

export function conversationsByTime(state: State): Conversation[] {
  return remember(state.conversations, "time", () =>
    Object.values(state.conversations)
      .filter((one) => one.contact !== "requested")
      .sort((a, b) => b.updated_at.localeCompare(a.updated_at)),
  );
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

export function unreadTotal(state: State): number {
  return Object.values(state.conversations).reduce(
    (sum, one) => sum + (one.contact === "requested" || one.contact === "blocked" ? 0 : one.unread),
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
