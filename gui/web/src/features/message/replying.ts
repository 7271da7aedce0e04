// Which message the next one answers, conversation by conversation. The
// composer alone watches it.
import { useSyncExternalStore } from "react";
import { plain } from "~/kit/markup/plain.ts";
import type { ReplyTo, Row } from "~/stream/model.ts";
import { stopEditing } from "./editing.ts";

let all: Readonly<Record<string, ReplyTo | undefined>> = {};
const listeners = new Set<() => void>();

function set(conversation: string, reply: ReplyTo | undefined): void {
  all = { ...all, [conversation]: reply };
  for (const listener of listeners) listener();
}

const QUOTED = 200; // characters, as the node quotes

export function startReply(row: Row): void {
  stopEditing(row.conversation);
  set(row.conversation, quote(row));
}

export function stopReply(conversation: string): void {
  if (all[conversation]) set(conversation, undefined);
}

export function replyOf(conversation: string): ReplyTo | undefined {
  return all[conversation];
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useReply(conversation: string): ReplyTo | undefined {
  return useSyncExternalStore(subscribe, () => all[conversation]);
}

// quote is a message as an answer to it shows it.
export function quote({ id, author, author_name, text, kind }: Row): ReplyTo {
  if (kind !== "text") return { id, text: "", deleted: true };
  return { id, author, text: [...plain(text)].slice(0, QUOTED).join(""), ...(author_name === undefined ? {} : { author_name }) };
}
