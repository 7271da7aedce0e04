// Which own message is being edited, place by place, and what
// its text has become so far. The composer alone watches it, so a key press
// draws nothing else.
import { useSyncExternalStore } from "react";
import { placeOf, type Row } from "~/stream/model.ts";

export interface Editing {
  readonly id: string;
  readonly before: string;
  readonly text: string;
}

let all: Readonly<Record<string, Editing | undefined>> = {};
const listeners = new Set<() => void>();

function set(conversation: string, editing: Editing | undefined): void {
  all = { ...all, [conversation]: editing };
  for (const listener of listeners) listener();
}

export function startEditing({ id, text, ...where }: Pick<Row, "conversation" | "thread" | "id" | "text">): void {
  set(placeOf(where), { id, before: text, text });
}

export function changeEdited(conversation: string, text: string): void {
  const now = all[conversation];
  if (now) set(conversation, { ...now, text });
}

export function stopEditing(conversation: string): void {
  if (all[conversation]) set(conversation, undefined);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useEditing(conversation: string): Editing | undefined {
  return useSyncExternalStore(subscribe, () => all[conversation]);
}

// editable tells whether a row can be given another text by this account.
export function editable(row: Pick<Row, "author" | "kind" | "id">, mine: string | undefined): boolean {
  return row.kind === "text" && row.author === mine && row.id !== "";
}

// lastOwn finds the newest message that the account can edit.
export function lastOwn(rows: readonly Row[], mine: string | undefined): Row | undefined {
  return rows.findLast((row) => editable(row, mine));
}
