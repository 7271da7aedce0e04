import { Bell, BellOff } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Conversation, Message } from "~/api/types.ts";
import { silence } from "~/features/conversation/rights.ts";
import { sendText } from "~/features/message/commands.ts";
import { readOut } from "~/features/message/text/parsed.ts";
import { MessageRow } from "~/features/message/ui/MessageRow.tsx";
import { newestOfOthers } from "~/features/receipt/seen.ts";
import { bringUp, loadOlder, markRead, refreshThread, setFollowed, type Thread } from "~/features/thread/reading.ts";
import { threads } from "~/features/thread/views.ts";
import { t } from "~/features/thread/threads/text.ts";
import { dayName } from "~/i18n/time.ts";
import { say } from "~/kit/a11y/live.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { MessageScroller, type MessageScrollerHandle, type RowPlace } from "~/kit/virtual/MessageScroller.tsx";
import { useJump } from "~/stream/jump.ts";
import { placeOf, type Row } from "~/stream/model.ts";
import { rowsOf } from "~/stream/selectors.ts";
import { getState, useSlice, useStore } from "~/stream/store.ts";
import { SidePanel } from "../shell/Panes.tsx";
import { Composer } from "./Composer.tsx";
import { makeItems } from "./items.ts";
import "./thread.css";

const LOOK = 500; // milliseconds that a message is looked at before it is read

// ThreadPanel is a thread beside its conversation: the message that it is about, what was said, and a composer of its own.
export default function ThreadPanel({ conversation, root, onClose }: { conversation: Conversation; root: string; onClose(): void }) {
  const { id, name } = conversation;
  const thread = useMemo(() => ({ conversation: id, thread: root }), [id, root]);
  const place = placeOf(thread);
  const inGroup = conversation.group !== undefined;
  const me = useStore((state) => state.me);
  const contacts = useStore((state) => state.contacts);
  const timeline = useStore((state) => state.timelines[place]);
  const rows = useStore(useCallback((state) => rowsOf(state, place), [place]));
  const view = useSlice(threads, (part) => part.views[root]);
  const scroller = useRef<MessageScrollerHandle>(null);
  const stale = timeline?.stale !== false;
  const gaps = timeline?.gaps;
  const [failed, setFailed] = useState(false);
  const load = useCallback(() => {
    setFailed(false);
    void refreshThread(thread).then((well) => setFailed(!well));
  }, [thread]);
  useEffect(() => {
    if (stale) load();
  }, [load, stale, gaps]);
  useFocusOnRoot(root);

  const ready = view !== undefined && timeline !== undefined && !(stale && rows.every((row) => row.id === ""));
  const items = useMemo(() => makeItems(rows, undefined), [rows]);
  const keys = useMemo(() => items.map((item) => item.row.key), [items]);
  const own = me?.display_name || me?.name || "";
  const authorOf = (row: Pick<Row, "author" | "author_name">) =>
    row.author === me?.acct ? own : inGroup ? row.author_name || contacts[row.author]?.name || t("someone") : name;
  useAnnounce(rows, me?.acct, authorOf);
  const onSeen = useThreadMark(thread, place, rows.length);
  const onJump = useCallback(
    async (message: string) => {
      const key = message === root ? undefined : await bringUp(thread, message);
      if (key !== undefined) requestAnimationFrame(() => requestAnimationFrame(() => scroller.current?.toKey(key)));
      else document.querySelector<HTMLElement>(".thread-root [data-row]")?.focus();
    },
    [thread, root],
  );
  useJump(place, ready && !stale, onJump);

  const quotedOf = ({ reply_to: to }: Row) =>
    to === undefined || to.deleted ? undefined : to.author === me?.acct ? t("you") : authorOf({ author: to.author ?? "", ...(to.author_name === undefined ? {} : { author_name: to.author_name }) });
  const fixed = conversation.contact === "blocked" || conversation.contact === "pending" || silence(conversation) !== undefined;
  const rowOf = (row: Row, over: { first: boolean; last: boolean; position: number; total: number; tabbable: boolean; fixed: boolean; day?: boolean }) => {
    const { day, ...rest } = over;
    const lead = day && (
      <h3 className="timeline-day">
        <span>{dayName(row.sent_at)}</span>
      </h3>
    );
    return (
      <MessageRow {...rest} thread row={row} own={row.author === me?.acct} author={authorOf(row)} other={inGroup ? undefined : name} mine={me?.acct}
        quoted={quotedOf(row)} onJump={onJump} count={1} notices={[]} note={undefined} lead={lead} />
    );
  };
  const row = (_key: string, { index, tabbable }: RowPlace) => {
    const item = items[index];
    if (!item) return <></>;
    const whole = timeline?.next === undefined;
    return rowOf(item.row, { first: item.first, last: item.last, position: index + 1, total: whole ? items.length : -1, tabbable, fixed, day: item.day });
  };
  const said = view?.root;
  const closed = said ? said.kind !== "text" : view?.open !== true;
  return (
    <SidePanel title={t("title")} onClose={onClose} fill tool={view && <FollowButton thread={thread} on={view.followed} />}>
      <div className="thread timeline-group">
        {!ready ? (
          failed ? (
            <div className="thread-middle" role="alert">
              <p>{t("error")}</p>
              <Button onClick={load}>{t("retry")}</Button>
            </div>
          ) : (
            <div className="thread-middle" aria-label={t("loading")} aria-busy="true">
              <Spinner />
            </div>
          )
        ) : (
          <>
            <div className="thread-root" role="group" aria-label={t("root")}>
              {said ? rowOf(asRow(said), { first: true, last: true, position: 1, total: 1, tabbable: true, fixed: true }) : <p className="muted">{t(closed ? "root.gone" : "root.before")}</p>}
            </div>
            <p className="thread-count">
              <span>{items.length === 0 ? t("none") : t("count", { count: Math.max(items.length, said?.answers?.count ?? 0) })}</span>
            </p>
            <div className="timeline thread-list">
              {items.length > 0 && (
                <MessageScroller ref={scroller} keys={keys} startAt={undefined} label={t("feed")} busy={timeline.status === "loading"} row={row}
                  onSeen={onSeen} onAtBottom={ignore} onTop={ignore} more={false} onReachBottom={ignore} onReachTop={() => void loadOlder(thread)}
                  onLeave={() => document.querySelector<HTMLElement>(".thread [data-region-focus]")?.focus()} />
              )}
            </div>
          </>
        )}
        {closed && ready ? (
          <p className="chat-strip">{t("closed")}</p>
        ) : (
          !fixed && (
            <Composer conversation={id} thread={root} name={name} onNewest={() => scroller.current?.focusNewest()}
              onSend={(text, reply) => {
                sendText(id, text, reply, root);
                requestAnimationFrame(() => scroller.current?.toBottom());
              }} />
          )
        )}
      </div>
    </SidePanel>
  );
}

function ignore() {}

// asRow has the message of the thread stand over it, without the way to where one is.
function asRow({ answers: _here, ...message }: Message): Row {
  return { ...message, key: `root ${message.id}` };
}

function FollowButton({ thread, on }: { thread: Thread; on: boolean }) {
  const toggle = () =>
    void setFollowed(thread, !on).then(
      () => say(t(on ? "unfollowed" : "followed")),
      () => say(t("follow.failed")),
    );
  return (
    <Button look="plain" aria-pressed={on} title={t(on ? "follow.off" : "follow.on")} onClick={toggle} icon={on ? <Bell aria-hidden="true" /> : <BellOff aria-hidden="true" />}>
      {t(on ? "following" : "follow")}
    </Button>
  );
}

// useThreadMark gives the function to call with the last row on the screen: what is looked at in a page that has the focus is read.
function useThreadMark(thread: Thread, place: string, came: number): (key: string) => void {
  const seen = useRef<string>(undefined);
  const marked = useRef<string>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const mark = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      if (!document.hasFocus() || document.visibilityState !== "visible") return;
      const message = newestOfOthers(getState(), place, seen.current);
      if (message === undefined || message === marked.current) return;
      marked.current = message;
      markRead(thread, message).catch(() => {
        marked.current = undefined; // the next look tries again
      });
    }, LOOK);
  }, [thread, place]);
  useEffect(() => {
    mark();
    window.addEventListener("focus", mark);
    document.addEventListener("visibilitychange", mark);
    return () => {
      clearTimeout(timer.current);
      window.removeEventListener("focus", mark);
      document.removeEventListener("visibilitychange", mark);
    };
  }, [mark, came]);
  return useCallback(
    (key: string) => {
      seen.current = key;
      mark();
    },
    [mark],
  );
}

// useFocusOnRoot gives the focus of a thread that closed to its message in the conversation.
function useFocusOnRoot(root: string): void {
  useEffect(
    () => () => {
      requestAnimationFrame(() => {
        if (document.activeElement === document.body) document.querySelector<HTMLElement>(`[data-message="${CSS.escape(root)}"]`)?.focus();
      });
    },
    [root],
  );
}

// useAnnounce reads out what others say while the thread is open.
function useAnnounce(rows: readonly Row[], mine: string | undefined, authorOf: (row: Row) => string): void {
  const last = useRef<string>(undefined);
  useEffect(() => {
    const newest = rows.at(-1);
    const before = last.current;
    last.current = newest?.key;
    if (before === undefined || !newest || newest.key === before || newest.author === mine || newest.kind !== "text") return;
    say(t("says", { name: authorOf(newest), text: readOut(newest.text) }));
  }, [rows, mine]);
}
