import type { Presence } from "~/api/types.ts";
import { useSlice } from "~/stream/store.ts";
import type { Conversation } from "~/api/types.ts";
import { presence, presenceIn } from "../presence.ts";
import { t } from "../text.ts";
import "./presence.css";

// Shape shows a state by its form, not by a colour alone: a disc, a crescent,
// a bar in a disc, a ring.
export function Shape({ state }: { state: Presence["state"] }) {
  return (
    <svg className={`presence-shape presence-${state}`} viewBox="0 0 12 12" aria-hidden="true">
      {state === "online" && <circle cx="6" cy="6" r="5" />}
      {state === "away" && <path d="M9.2 9.9A5 5 0 1 1 5.1 1.1a4.2 4.2 0 0 0 4.1 8.8z" />}
      {state === "busy" && <path fillRule="evenodd" d="M6 1a5 5 0 1 1 0 10A5 5 0 0 1 6 1zM3.25 5a.75.75 0 0 0-.75.75v.5c0 .41.34.75.75.75h5.5c.41 0 .75-.34.75-.75v-.5A.75.75 0 0 0 8.75 5z" />}
      {state === "offline" && <path fillRule="evenodd" d="M6 1a5 5 0 1 1 0 10A5 5 0 0 1 6 1zm0 1.8a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4z" />}
    </svg>
  );
}

// AvatarMark stands on the picture of a row of the list.
export function AvatarMark({ conversation }: { conversation: Conversation }) {
  const state = useSlice(presence, (known) => presenceIn(known, conversation)?.state);
  if (state === undefined) return null;
  return (
    <span className="presence-mark">
      <Shape state={state} />
      <span className="sr-only">{t(`state.${state}`)}</span>
    </span>
  );
}
