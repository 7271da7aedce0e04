import { useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { FollowedThread, Message } from "~/api/types.ts";
import { Button } from "~/kit/primitives/Button.tsx";
import { unreadTotal } from "~/stream/selectors.ts";
import { sliceState } from "~/stream/slices.ts";
import { getState, readSlice, subscribe, useStore } from "~/stream/store.ts";
import { shouldNotify } from "../decide.ts";
import { showBadge } from "../favicon.ts";
import { News, ThreadNews } from "../news.ts";
import { chime } from "../sound.ts";
import { heardState, notificationState } from "../state.ts";
import { Tabs } from "../tabs.ts";
import { t } from "../text.ts";
import "./notifier.css";

// threadState holds the newest that came live of a thread that the account follows.
const threadState = sliceState<FollowedThread | undefined>({ name: "settings.thread", initial: undefined, frames: { thread: (_, data) => data } });

const ASKED = "conclave.notify.asked";
const LONGEST = 200; // characters of a text

// Notifier tells of new messages, marks the icon of the page, and asks once, after the first message of the person, whether it
// may tell.
export default function Notifier() {
  const [path, go] = useLocation();
  const tabs = useRef<Tabs>(undefined);
  const count = useStore(unreadTotal);
  const [asking, setAsking] = useState(false);
  useEffect(() => void showBadge(count), [count]);
  useEffect(() => {
    const mine = (tabs.current = new Tabs());
    const stop = follow(mine, go, () => setAsking(mayAsk()));
    return () => {
      stop();
      mine.close();
    };
  }, [go]);
  useEffect(() => tabs.current?.tell(), [path]);
  if (!asking) return null;
  const answer = (yes: boolean) => {
    setAsking(false);
    try {
      localStorage.setItem(ASKED, "yes");
    } catch {
      // Without storage it is asked again in the next page.
    }
    if (yes) void Notification.requestPermission();
  };
  return (
    <aside className="ask" aria-label={t("ask.title")}>
      <p>
        <strong>{t("ask.title")}</strong>
      </p>
      <p className="muted small">{t("ask.text")}</p>
      <div className="card-actions">
        <Button look="solid" onClick={() => answer(true)}>
          {t("ask.yes")}
        </Button>
        <Button onClick={() => answer(false)}>{t("ask.no")}</Button>
      </div>
    </aside>
  );
}

function mayAsk(): boolean {
  if (typeof Notification === "undefined" || Notification.permission !== "default" || !readSlice(notificationState).shown) return false;
  try {
    return localStorage.getItem(ASKED) === null;
  } catch {
    return true;
  }
}

// follow watches the store for new messages until the function that it gives is called.
function follow(tabs: Tabs, go: (to: string) => void, onSent: () => void): () => void {
  const news = new News();
  const said = new ThreadNews();
  let before = getState();
  return subscribe(() => {
    const state = getState();
    const now = Date.now();
    const fresh: Message[] = [];
    const heard = readSlice(heardState);
    if (state.slices[heardState.name] !== before.slices[heardState.name] && heard) {
      if (heard.author === state.me?.acct && heard.kind === "text") onSent();
      else if (heard.thread !== undefined) said.heard(heard);
      else fresh.push(...news.heard(heard, now));
    }
    const thread = readSlice(threadState);
    if (state.slices[threadState.name] !== before.slices[threadState.name] && thread) fresh.push(...said.grew(thread));
    if (state.conversations !== before.conversations && before.loaded) {
      for (const one of Object.values(state.conversations)) {
        const more = one.unread - (before.conversations[one.id]?.unread ?? 0);
        if (more > 0) fresh.push(...news.grew(one.id, more, now));
      }
    }
    before = state;
    if (fresh.length > 0) tell(fresh, tabs, go);
  });
}

// tell shows at most one notification of each conversation: that of the newest message that is worth it.
function tell(fresh: readonly Message[], tabs: Tabs, go: (to: string) => void): void {
  if (!tabs.speaks) return;
  const state = getState();
  const settings = readSlice(notificationState);
  const worth = new Map<string, Message>();
  for (const message of fresh) {
    const conversation = state.conversations[message.conversation];
    if (!conversation || !state.me) continue;
    const yes = shouldNotify(message, conversation, settings, new Date(), {
      me: state.me.acct,
      looking: tabs.looksAt(message.conversation),
    });
    if (yes) worth.set(message.conversation, message);
  }
  if (worth.size === 0) return;
  if (settings.sound) chime();
  for (const message of worth.values()) show(message, settings.preview, go);
}

function show(message: Message, preview: "all" | "name" | "none", go: (to: string) => void): void {
  if (typeof Notification === "undefined" || Notification.permission !== "granted") return;
  const conversation = getState().conversations[message.conversation];
  if (!conversation) return;
  const text = message.text.slice(0, LONGEST);
  const body = preview !== "all" ? t("new") : conversation.group ? t("new.in", { name: message.author_name ?? "", text }) : text;
  const shown = new Notification(preview === "none" ? t("app") : conversation.name, { body, tag: conversation.id, icon: "/mark.svg", silent: true });
  shown.onclick = () => {
    window.focus();
    go(`/c/${conversation.id}${message.thread ? `?t=${message.thread}` : ""}`);
    shown.close();
  };
}
