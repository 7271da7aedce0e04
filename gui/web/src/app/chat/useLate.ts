// What came late and stands above what somebody reads, until they go there.
import { useCallback, useEffect, type RefObject } from "react";
import { say } from "~/kit/a11y/live.tsx";
import { dispatch, getState, useStore } from "~/stream/store.ts";
import { t } from "../text.ts";

const none: readonly string[] = [];

// useLate gives the ids of what is above, and what to call when the top row is another one.
export function useLate(conversation: string, top: RefObject<string | undefined>): [readonly string[], () => void] {
  const late = useStore((state) => state.timelines[conversation]?.late ?? none);
  const look = useCallback(() => {
    const { timelines, keyOf } = getState();
    const timeline = timelines[conversation];
    if (!timeline || timeline.late.length === 0 || top.current === undefined) return;
    const first = timeline.keys.indexOf(top.current);
    const ids = timeline.late.filter((id) => first >= 0 && timeline.keys.indexOf(keyOf[id] ?? "") >= first);
    if (ids.length > 0) dispatch({ type: "late-seen", conversation, ids });
  }, [conversation, top]);
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      look();
      const count = getState().timelines[conversation]?.late.length ?? 0;
      if (count > 0) say(t("chat.late", { count }));
    });
    return () => cancelAnimationFrame(frame);
  }, [conversation, late, look]);
  return [late, look];
}
