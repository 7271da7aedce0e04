// Marks as read what a person has really seen: at least half of the message
// on the screen, in a page that has the focus, for half a second.
import { useCallback, useEffect, useRef } from "react";
import { api, call } from "~/api/http.ts";
import { getState, useStore } from "~/stream/store.ts";
import { newestOfOthers } from "./seen.ts";

const LOOK = 500;

// useReadMark gives the function to call with the last row on the screen.
export function useReadMark(conversation: string, mayMark: boolean): (key: string) => void {
  const unread = useStore((state) => state.conversations[conversation]?.unread ?? 0);
  const seen = useRef<string>(undefined);
  const marked = useRef<string>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const mark = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      if (!mayMark || !document.hasFocus() || document.visibilityState !== "visible") return;
      const message = newestOfOthers(getState(), conversation, seen.current);
      if (message === undefined || message === marked.current) return;
      marked.current = message;
      void call(
        api.PUT("/api/v1/conversations/{conversation}/read", {
          params: { path: { conversation } },
          body: { message },
        }),
      ).catch(() => {
        marked.current = undefined; // the next look tries again
      });
    }, LOOK);
  }, [conversation, mayMark]);

  useEffect(() => {
    if (unread > 0) mark();
    window.addEventListener("focus", mark);
    document.addEventListener("visibilitychange", mark);
    return () => {
      clearTimeout(timer.current);
      window.removeEventListener("focus", mark);
      document.removeEventListener("visibilitychange", mark);
    };
  }, [mark, unread]);

  return useCallback(
    (key: string) => {
      seen.current = key;
      mark();
    },
    [mark],
  );
}
