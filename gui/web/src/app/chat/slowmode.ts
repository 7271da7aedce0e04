// Slow mode: how long one must wait before the next message. The node holds
// to it in any case; the page says it before something is sent.
import { useEffect, useState } from "react";
import { pause } from "~/features/conversation/rights.ts";
import type { State } from "~/stream/model.ts";
import { useStore } from "~/stream/store.ts";

// useSlowMode gives the seconds that are left, and counts them down.
export function useSlowMode(conversation: string): number {
  const until = useStore((state) => pauseEnd(state, conversation));
  const [, setRound] = useState(0);
  const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
  useEffect(() => {
    if (until <= Date.now()) return;
    const timer = setInterval(() => {
      setRound((round) => round + 1);
      if (until <= Date.now()) clearInterval(timer);
    }, 1000);
    return () => clearInterval(timer);
  }, [until]);
  return left;
}

// pauseEnd is the moment from which the node takes the next message, in
// milliseconds; 0 when there is nothing to wait for.
export function pauseEnd(state: State, conversation: string): number {
  const seconds = pause(state.conversations[conversation]?.group);
  const keys = state.timelines[conversation]?.keys ?? [];
  for (let index = seconds === 0 ? -1 : keys.length - 1; index >= 0; index--) {
    const row = state.rows[keys[index] ?? ""];
    if (!row || row.kind !== "text" || row.author !== state.me?.acct) continue;
    if (row.state === "refused" || row.state === "failed") continue;
    return new Date(row.sent_at).getTime() + seconds * 1000;
  }
  return 0;
}

// countdown writes seconds as minutes and seconds.
export function countdown(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
