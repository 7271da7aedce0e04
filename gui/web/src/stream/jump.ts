// A message that somebody wants to see: what lists it asks for it, and the chat that it stands in brings it up.
import { useEffect } from "react";

interface Wanted {
  readonly conversation: string;
  readonly message: string;
}

let wanted: Wanted | undefined;
const listeners = new Set<() => void>();

// askJump has the chat bring up a message, now or once it is open.
export function askJump(conversation: string, message: string): void {
  wanted = { conversation, message };
  for (const listener of listeners) listener();
}

// useJump calls onJump with what is wanted of a chat that is ready.
export function useJump(conversation: string, ready: boolean, onJump: (message: string) => void): void {
  useEffect(() => {
    if (!ready) return;
    const take = () => {
      if (wanted?.conversation !== conversation) return;
      const { message } = wanted;
      wanted = undefined;
      onJump(message);
    };
    take();
    listeners.add(take);
    return () => {
      listeners.delete(take);
    };
  }, [conversation, ready, onJump]);
}
