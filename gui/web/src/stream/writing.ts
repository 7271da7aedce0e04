// What is being written in the composers, conversation by conversation. It lives while the page is open: it is not put into the
// browser's storage, where it would lie in clear.
import { useSyncExternalStore } from "react";

let all: Readonly<Record<string, string>> = {};
const listeners = new Set<(conversation: string) => void>();

export function writtenIn(conversation: string): string {
  return all[conversation] ?? "";
}

// setWritten replaces what is being written; the empty text is nothing.
export function setWritten(conversation: string, text: string): void {
  if (writtenIn(conversation) === text) return;
  const { [conversation]: _old, ...rest } = all;
  all = text === "" ? rest : { ...rest, [conversation]: text };
  for (const listener of listeners) listener(conversation);
}

// onWritten calls the listener whenever the text of a composer changed, and answers how to stop.
export function onWritten(listener: (conversation: string) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useWritten(conversation: string): string {
  return useSyncExternalStore(onWritten, () => writtenIn(conversation));
}

// forgetWritten drops everything, when the account leaves the page.
export function forgetWritten(): void {
  for (const conversation of Object.keys(all)) setWritten(conversation, "");
}
