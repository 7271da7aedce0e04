import { ArrowDown, ArrowUp } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState, type RefObject } from "react";
import type { Conversation } from "~/api/types.ts";
import { silence } from "~/features/conversation/rights.ts";
import { readOut } from "~/features/message/text/parsed.ts";
import { MessageRow } from "~/features/message/ui/MessageRow.tsx";
import { bringUp, loadDay, loadNewer, loadOlder, refresh, toEnd } from "~/features/message/commands.ts";
import { useReadMark } from "~/features/receipt/useReadMark.ts";
import { dayName } from "~/i18n/time.ts";
import { say } from "~/kit/a11y/live.tsx";
import { COMPACT, useMedia } from "~/kit/media.ts";
import { Button } from "~/kit/primitives/Button.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { openDialog } from "~/slots/dialogs.tsx";
import { MessageScroller, type MessageScrollerHandle, type RowPlace } from "~/kit/virtual/MessageScroller.tsx";
import type { Row } from "~/stream/model.ts";
import { useJump } from "~/stream/jump.ts";
import { rowsOf } from "~/stream/selectors.ts";
import { dispatch, getState, useStore } from "~/stream/store.ts";
import { useLook } from "../appearance.ts";
import { t } from "../text.ts";
import { offerDays } from "./days.ts";
import { firstUnread, makeItems, type Item } from "./items.ts";
import { useAwayNote } from "./useAwayNote.ts";
import { useLate } from "./useLate.ts";
import "./timeline.css";

interface TimelineProps {
  conversation: Conversation;
  scroller: RefObject<MessageScrollerHandle | null>;
}

export function Timeline({ conversation, scroller }: TimelineProps) {
  const { id, name } = conversation;
  const inGroup = conversation.group !== undefined;
  const me = useStore((state) => state.me);
  const timeline = useStore((state) => state.timelines[id]);
  const rows = useStore(useCallback((state) => rowsOf(state, id), [id]));
  const topKey = useRef<string>(undefined);
  const stale = timeline?.stale !== false;
  const gaps = timeline?.gaps;
  const ready = timeline !== undefined && (timeline.status === "ready" || rows.length > 0) && !(stale && rows.every((row) => row.id === ""));
  useEffect(() => {
    if (stale) void refresh(id, rowAt(topKey.current));
  }, [id, stale, gaps]);

  // Of a page everything may be hidden: what is before it is read until something shows, or nothing is left.
  const hollow = ready && rows.length === 0 && timeline?.next !== undefined;
  useEffect(() => {
    if (hollow && timeline?.status === "ready") void loadOlder(id);
  }, [id, hollow, timeline?.status, timeline?.next]);

  const opened = useRef<{ firstNew: string | undefined }>(undefined);
  if (ready && !opened.current) {
    opened.current = { firstNew: conversation.unread > 0 ? firstUnread(rows, me?.acct) : undefined };
  }
  const firstNew = opened.current?.firstNew;
  const items = useMemo(() => makeItems(rows, firstNew), [rows, firstNew]);
  const keys = useMemo(() => items.map((item) => item.row.key), [items]);
  const note = useAwayNote(conversation, rows, me?.acct);
  const onSeen = useReadMark(id, conversation.contact !== "requested");
  const [bottomKey, setBottomKey] = useState<string>();
  const [atBottom, setAtBottom] = useState(true);
  const [topDay, setTopDay] = useState<string>();
  const [late, lookForLate] = useLate(id, topKey);
  const onTop = useCallback(
    (key: string) => {
      if (topKey.current === key) return;
      topKey.current = key;
      setTopDay(dayName(getState().rows[key]?.sent_at ?? ""));
      lookForLate();
    },
    [lookForLate],
  );
  const contacts = useStore((state) => state.contacts);
  const authorOf = (row: Row) => (inGroup ? row.author_name || contacts[row.author]?.name || t("group.someone") : name);
  useAnnounce(items, me?.acct, authorOf);
  const onJump = useCallback(
    async (message: string) => {
      const key = await bringUp(id, message);
      if (key === undefined) {
        const { openThreadOf } = await import("~/features/thread/reading.ts");
        return (await openThreadOf(id, message)) ? undefined : say(t("chat.missing"));
      }
      afterDrawn(() => scroller.current?.toKey(key));
    },
    [id, scroller],
  );

  const onDay = useCallback(
    async (day: string) => {
      const key = await loadDay(id, day, Intl.DateTimeFormat().resolvedOptions().timeZone);
      if (key === undefined) return say(t("chat.error"));
      afterDrawn(() => scroller.current?.toKey(key));
    },
    [id, scroller],
  );

  const settled = useStore((state) => state.link !== "connecting") && ready && !stale;
  useJump(id, settled, onJump);

  useEffect(() => offerDays(() => pickDay(id, onDay)), [id, onDay]);

  const compact = useMedia(COMPACT);
  const look = useLook();
  const bubbles = look.messages === "bubbles" || (look.messages === "auto" && compact);
  const lastKey = keys.at(-1);
  useEffect(() => {
    if (atBottom) setBottomKey(lastKey);
  }, [atBottom, lastKey]);
  const passed = timeline?.passed ?? 0;
  const below = atBottom ? 0 : newBelow(items, bottomKey, me?.acct) + (timeline?.newer === undefined ? 0 : passed);

  if (timeline?.status === "error" && rows.length === 0) {
    return (
      <div className="timeline timeline-middle" role="alert">
        <p>{t("chat.error")}</p>
        <Button onClick={() => void refresh(id)}>{t("chat.retry")}</Button>
      </div>
    );
  }
  if (!ready || hollow) {
    return (
      <div className="timeline timeline-middle" aria-label={t("chat.loading")} aria-busy="true">
        <Spinner />
      </div>
    );
  }
  const fixed = conversation.contact === "blocked" || silence(conversation) !== undefined;
  const whole = timeline.next === undefined;
  const own = me?.display_name || me?.name || "";
  const beginning = t(inGroup ? "group.empty" : "chat.empty", { name });
  const quotedOf = ({ reply_to: to }: Row) =>
    to === undefined || to.deleted ? undefined : to.author === me?.acct ? t("chat.you") : inGroup ? to.author_name || contacts[to.author ?? ""]?.name || t("group.someone") : name;
  const row = (key: string, place: RowPlace) => {
    const item = items[place.index];
    if (!item) return <></>;
    const starts = whole && place.index === 0;
    const lead = (starts || item.day || item.fresh) && <Lead item={item} start={starts ? beginning : undefined} />;
    return (
        <MessageRow mine={me?.acct} quoted={quotedOf(item.row)} onJump={onJump} row={item.row} own={item.row.author === me?.acct} author={item.row.author === me?.acct ? own : authorOf(item.row)}
          other={inGroup ? undefined : name} first={item.first} last={item.last} count={item.count} notices={item.notices}
          fixed={fixed} position={place.index + 1} total={whole ? items.length : -1} tabbable={place.tabbable}
          note={note?.key === key ? note.text : undefined} lead={lead} />
    );
  };
  return (
    <div className={`timeline ${bubbles ? "timeline-bubbles" : ""} ${inGroup ? "timeline-group" : ""}`}>
      {items.length === 0 ? (
        <p className="timeline-start timeline-start-alone">{beginning}</p>
      ) : (
        <MessageScroller ref={scroller} keys={keys} startAt={firstNew} label={t(inGroup ? "group.feed" : "chat.feed", { name })}
          busy={timeline.status === "loading"} row={row} onSeen={onSeen} onAtBottom={setAtBottom}
          onLeave={() => document.querySelector<HTMLElement>("#main [data-region-focus]")?.focus()}
          more={timeline.newer !== undefined} onTop={onTop}
          onReachTop={() => void loadOlder(id)} onReachBottom={() => void loadNewer(id)} />
      )}
      {items.length > 0 && topDay !== undefined && (
        <button type="button" className="timeline-date" tabIndex={-1} aria-haspopup="dialog" aria-label={t("chat.date", { day: topDay })} onClick={() => pickDay(id, onDay)}>
          {topDay}
        </button>
      )}
      {late[0] !== undefined && (
        <button type="button" className="timeline-pill timeline-late" onClick={() => {
            void onJump(late[0] ?? "").then(() => dispatch({ type: "late-seen", conversation: id, ids: late }));
          }}>
          <ArrowUp aria-hidden="true" />
          {t("chat.late", { count: late.length })}
        </button>
      )}
      {timeline.status === "loading" && items.length > 0 && (
        <div className="timeline-older" aria-hidden="true">
          <Spinner />
        </div>
      )}
      {!atBottom && <Pill below={below} onClick={() => void toEnd(id).then(() => afterDrawn(() => scroller.current?.toBottom()))} />}
    </div>
  );
}

// afterDrawn runs once rows that came are drawn.
function afterDrawn(then: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(then));
}

// rowAt gives the id of the message under a key.
function rowAt(key: string | undefined): string | undefined {
  return key === undefined ? undefined : getState().rows[key]?.id || undefined;
}

const Calendar = lazy(() => import("./Calendar.tsx"));

function pickDay(conversation: string, onDay: (day: string) => void): void {
  openDialog((close) => (
    <Suspense>
      <Calendar conversation={conversation} onClose={close} onDay={onDay} />
    </Suspense>
  ));
}

// Lead is what stands above a message: where the chat or a day begins, and
// where what is new begins.
function Lead({ item, start }: { item: Item; start: string | undefined }) {
  return (
    <>
      {start !== undefined && <p className="timeline-start">{start}</p>}
      {item.day && (
        <h2 className="timeline-day">
          <span>{dayName(item.row.sent_at)}</span>
        </h2>
      )}
      {item.fresh && (
        <p className="timeline-new">
          <span>{t("chat.new")}</span>
        </p>
      )}
    </>
  );
}

function Pill({ below, onClick }: { below: number; onClick(): void }) {
  return (
    <button type="button" className="timeline-pill" title={t("chat.bottom")} onClick={onClick}>
      <ArrowDown aria-hidden="true" />
      <span className="sr-only">{t("chat.bottom")}</span>
      {below > 0 && t("chat.newbelow", { count: below })}
    </button>
  );
}

function newBelow(items: readonly Item[], bottomKey: string | undefined, mine: string | undefined): number {
  const from = items.findIndex((item) => item.row.key === bottomKey);
  return items.slice(from + 1).filter((item) => item.row.author !== mine).length;
}

const QUIET = 3000;

// useAnnounce reads out what arrives while the chat is open, not too often.
function useAnnounce(items: readonly Item[], mine: string | undefined, authorOf: (row: Row) => string): void {
  const last = useRef<{ key: string | undefined; at: number }>(undefined);
  useEffect(() => {
    const newest = items.at(-1)?.row;
    const before = last.current;
    if (!before || newest?.key === before.key) {
      last.current = { key: newest?.key, at: before?.at ?? 0 };
      return;
    }
    const now = Date.now();
    const speak = newest && newest.author !== mine && newest.kind === "text" && now - before.at > QUIET;
    last.current = { key: newest?.key, at: speak ? now : before.at };
    if (speak) say(t("chat.says", { name: authorOf(newest), text: readOut(newest.text) }));
  }, [items, mine]);
}
