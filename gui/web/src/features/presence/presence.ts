// Who is there, and what the own account shows of itself.
import { api, call } from "~/api/http.ts";
import type { Conversation, OwnPresence, Presence } from "~/api/types.ts";
import { shortTime } from "~/i18n/time.ts";
import { sliceState } from "~/stream/slices.ts";
import { changeSlice } from "~/stream/store.ts";
import { t } from "./text.ts";

interface Known {
  readonly of: Readonly<Record<string, Presence>>; // newer than what the lists hold
  readonly own: OwnPresence | undefined;
}

export const presence = sliceState<Known>({
  name: "presence",
  initial: { of: {}, own: undefined },
  frames: {
    presence: (part, { account, presence: now }) => ({ ...part, of: { ...part.of, [account]: now } }),
    "presence.own": (part, own) => ({ ...part, own }),
    privacy: (part) => ({ ...part, of: {} }), // who hides more is told less: the lists come anew
  },
  load: async () => {
    const own = await call(api.GET("/api/v1/me/presence"));
    return () => ({ of: {}, own });
  },
});

export function presenceIn(known: Known, { with: account, presence: listed }: Conversation): Presence | undefined {
  return account === undefined ? undefined : (known.of[account] ?? listed);
}

// presenceLine says it in words; the state alone where there is no more to say.
export function presenceLine({ state, text, emoji, last_seen }: Presence, now = new Date()): string {
  const status = [emoji, text].filter(Boolean).join(" ");
  const is = state === "offline" && last_seen !== undefined ? t("seen", { time: shortTime(last_seen, now) }) : t(`state.${state}`);
  return status === "" ? is : t("line", { state: is, status });
}

export type Chosen = OwnPresence["chosen"];

export async function choose(state: Chosen, text: string, emoji: string, expiresAt?: string): Promise<void> {
  const own = await call(api.PUT("/api/v1/me/presence", { body: { state, text, emoji, ...(expiresAt === undefined ? {} : { expires_at: expiresAt }) } }));
  changeSlice(presence, (part) => ({ ...part, own }));
}

const EVERY = 60_000; // milliseconds
let said = 0;

// act says that the person does something, once a minute at the most.
export function act(now = Date.now()): void {
  if (now - said < EVERY || document.visibilityState === "hidden") return;
  said = now;
  void call(api.POST("/api/v1/me/activity")).catch(() => undefined);
}
