// Which message the next one answers, conversation by conversation.
import { useSyncExternalStore } from "react";
import type { ReplyTo } from "./model.ts";

let all: Readonly<Record<string, ReplyTo | undefined>> = {};
const listeners = new Set<(conversation: string) => void>();

export function answeredIn(conversation: string): ReplyTo | undefined {
  return all[conversation];
}

export function setAnswered(conversation: string, reply: ReplyTo | undefined): void {
  if (all[conversation] === reply) return;
  all = { ...all, [conversation]: reply };
  for (const listener of listeners) listener(conversation);
}

// onAnswered calls the listener whenever another message or none is answered, and answers how to stop.
export function onAnswered(listener: (conversation: string) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useAnswered(conversation: string): ReplyTo | undefined {
  return useSyncExternalStore(onAnswered, () => all[conversation]);
}

// forgetAnswered drops everything, when the account leaves the page.
export function forgetAnswered(): void {
  for (const conversation of Object.keys(all)) setAnswered(conversation, undefined);
}
