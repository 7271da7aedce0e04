// How the account keeps a conversation, for itself alone: pinned, archived, hidden, muted, marked.
import { api, call } from "~/api/http.ts";
import { toast } from "~/kit/a11y/live.tsx";
import type { Conversation, Flags, FlagsChange } from "~/api/types.ts";
import { isListed } from "~/stream/selectors.ts";
import { dispatch, getState } from "~/stream/store.ts";
import { problemText, t } from "./text.ts";

const FOR_GOOD = "9999-12-31T23:59:59Z";
const UNDO = 6000; // as long as the toast stands

// setFlags changes how a conversation is kept. The page shows it at once, and again as it was if the node refuses. What the live stream tells of
// the conversation meanwhile is at least as new as the answer, and stands: the answer may come after a change that was made later.
export async function setFlags(conversation: Conversation, change: FlagsChange): Promise<void> {
  const { pinned: _, ...shown } = change;
  const guess = { ...conversation, flags: { ...conversation.flags, ...withoutGaps(shown) } };
  const settle = (known: Conversation) => {
    if (getState().conversations[conversation.id] === guess) show(known);
  };
  show(guess);
  try {
    settle(await call(api.PATCH("/api/v1/conversations/{conversation}/flags", { params: { path: { conversation: conversation.id } }, body: change })));
  } catch (cause) {
    settle(conversation);
    toast(problemText(cause));
  }
}

// withoutGaps keeps the fields that the page can show before the node has answered.
function withoutGaps(change: FlagsChange): Partial<Flags> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

export function mute(conversation: Conversation, hours: number | undefined): void {
  const until = hours === undefined ? FOR_GOOD : new Date(Date.now() + hours * 3_600_000).toISOString();
  void setFlags(conversation, { muted_until: until });
}

export function unmute(conversation: Conversation): void {
  void setFlags(conversation, { muted_until: "1970-01-01T00:00:00Z" });
}

// markRead takes the mark away and reads up to the newest message.
export async function markRead(conversation: Conversation): Promise<void> {
  const { id, flags, last, unread } = conversation;
  if (flags.marked_unread) await setFlags(conversation, { marked_unread: false });
  if (unread === 0 || !last) return;
  await call(api.PUT("/api/v1/conversations/{conversation}/read", { params: { path: { conversation: id } }, body: { message: last.id } })).catch((cause: unknown) => toast(problemText(cause)));
}

// markAllRead reads every conversation of the list. The others see what was read, so the node is told only when it can no longer
// be undone: when the toast is gone, or the page.
export function markAllRead(): void {
  const all = Object.values(getState().conversations).filter((one) => isListed(one) && (one.unread > 0 || one.flags.marked_unread));
  if (all.length === 0) {
    toast(t("read.none"));
    return;
  }
  for (const one of all) show({ ...one, unread: 0, flags: { ...one.flags, marked_unread: false } });
  const go = () => {
    stop();
    for (const one of all) void markRead(one);
  };
  const timer = setTimeout(go, UNDO);
  window.addEventListener("pagehide", go);
  const stop = () => {
    clearTimeout(timer);
    window.removeEventListener("pagehide", go);
  };
  toast(t("read.all.done", { count: all.length }), {
    label: t("undo"),
    run: () => {
      stop();
      for (const one of all) show(one);
    },
  });
}

function show(conversation: Conversation): void {
  dispatch({ type: "conversation", conversation });
}
