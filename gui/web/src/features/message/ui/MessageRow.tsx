import { ChevronDown } from "lucide-react";
import { memo, useId, useMemo, useState, type ReactNode } from "react";
import { clockTime, fullTime } from "~/i18n/time.ts";
import { Avatar, nameColour } from "~/kit/primitives/Avatar.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import type { Row } from "~/stream/model.ts";
import { discard, retry } from "../commands.ts";
import { showHistory } from "../hung.tsx";
import { noticeText } from "../notice/text.ts";
import { t } from "../text.ts";
import { DeliveryMark, stateText } from "./DeliveryMark.tsx";
import { Toolbar } from "./MessageActions.tsx";
import { RowParts } from "./RowParts.tsx";
import { useRowHands } from "./useRowHands.ts";
import { MessageText } from "../text/MessageText.tsx";
import { mentionsOf, readOut } from "../text/parsed.ts";
import { QuoteBox } from "./QuoteBox.tsx";
import "./row.css";
import "./edits.css";

export interface MessageRowProps {
  row: Row;
  own: boolean;
  author: string;
  other: string | undefined; // whom the conversation is with, if it is one person
  first: boolean; // first of a group by one author
  last: boolean; // last of a group
  count: number; // how many unreadable messages this row stands for
  notices: readonly string[]; // the notices this row stands for, if it is a run of them
  note: string | undefined;
  position: number;
  total: number;
  tabbable: boolean;
  quoted?: string | undefined; // whom it answers
  onJump?(message: string): void;
  fixed?: boolean; // nothing can be written here now
  thread?: boolean; // it stands in the side panel
  mine?: string | undefined; // the account that reads
  lead?: ReactNode; // what stands above the message: the day, the divider
}

// MessageRow shows one message. What somebody wrote is shown by MessageText,
// and read out without its marks.
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  return props.row.kind === "text" ? <TextRow {...props} /> : <PlainRow {...props} />;
});

function TextRow(props: MessageRowProps) {
  const { row, own, author, first, last } = props;
  const id = useId();
  const state = own ? stateText(row, props.other) : "";
  const failed = row.state === "failed" || row.state === "refused";
  const said = spoken(row);
  const text = props.quoted ? t("row.text.reply", { text: said, name: props.quoted }) : said;
  const values = { author: own ? t("you") : author, time: clockTime(row.sent_at), text, state };
  const classes = ["message", own ? "message-own" : "", first ? "message-first" : "", last ? "message-last" : ""];
  const fixed = props.fixed === true;
  const thread = props.thread === true;
  const context = useMemo(() => ({ own, fixed, thread }), [own, fixed, thread]);
  const { held, hands } = useRowHands(row, context);
  return (
    <article className="row" data-row={row.key} data-message={row.id} tabIndex={props.tabbable ? 0 : -1} {...hands}
      aria-posinset={props.position} aria-setsize={props.total}
      aria-label={t(own ? "row.name.state" : "row.name", values)} aria-describedby={props.note && id}>
      {props.lead}
      {row.gap === true && <p className="message-gap">{t("gap")}</p>}
      <div className={classes.join(" ")}>
        <div className="message-side">
          {first ? <Avatar name={author} seed={row.author} /> : <Time at={row.sent_at} className="message-hover-time" />}
        </div>
        <div className="message-main">
          {first && (
            <header className="message-head">
              <bdi className={`message-author name-${nameColour(row.author)}`}>{author}</bdi>
              <Time at={row.sent_at} />
            </header>
          )}
          {row.reply_to && <QuoteBox reply={row.reply_to} name={props.quoted ?? ""} onJump={(to) => props.onJump?.(to)} />}
          <RowParts place="above" row={row} own={own} />
          <div className="message-body">
            {(!row.picture?.alone || row.edited_at !== undefined) && <MessageText text={row.text} conversation={row.conversation} mentions={mentionsOf(row)} mine={props.mine} />}
            <span className="message-meta">
              {row.edited_at !== undefined && (
                <button type="button" className="message-edited" tabIndex={-1} onClick={() => showHistory(row, context)}
                  title={t("edited.at", { time: fullTime(row.edited_at) })}>
                  {t("edited")}
                </button>
              )}
              {row.late && <span className="message-late">{t("late")}</span>}
              <RowParts place="meta" row={row} own={own} />
              <Time at={row.sent_at} className="message-bubble-time" />
              {own && <DeliveryMark state={row.state} text={state} />}
            </span>
          </div>
          <RowParts place="below" row={row} own={own} />
          {props.note && (
            <p className="message-note" id={id}>
              {props.note}
            </p>
          )}
          {failed && <Failure row={row} text={state} />}
        </div>
        {held && <Toolbar row={row} context={context} />}
      </div>
    </article>
  );
}

// spoken is what a message says to who does not see its marks.
function spoken(row: Row): string {
  let text = readOut(row.text);
  if (row.forwarded) text = t("row.text.forwarded", { text });
  if (row.priority) text = t(`row.text.${row.priority}`, { text });
  if (row.late) text = t("row.text.late", { text });
  return row.edited_at === undefined ? text : t("row.text.edited", { text });
}

function Time({ at, className }: { at: string; className?: string }) {
  return (
    <time className={`message-time ${className ?? ""}`} dateTime={at} title={fullTime(at)}>
      {clockTime(at)}
    </time>
  );
}

function Failure({ row, text }: { row: Row; text: string }) {
  return (
    <div className="message-failure">
      <span>{text}</span>
      <Button look="plain" onClick={() => void retry(row.key)}>
        {t("retry")}
      </Button>
      {row.state === "refused" && (
        <Button look="plain" onClick={() => discard(row.key)}>
          {t("discard")}
        </Button>
      )}
    </div>
  );
}

// PlainRow keeps the place of what is not text: a notice, or a message that
// cannot be read.
function PlainRow(props: MessageRowProps) {
  const { row, notices, position, total, tabbable, lead } = props;
  const text = plainText(props);
  return (
    <article className="row" data-row={row.key} data-message={row.id} tabIndex={tabbable ? 0 : -1} aria-posinset={position} aria-setsize={total}
      aria-label={notices.length > 0 ? notices.join(", ") : text}>
      {lead}
      {notices.length > 0 ? (
        <Notices texts={notices} />
      ) : (
        <p className={`message-plain message-plain-${row.kind}`}>
          <bdi>{text}</bdi>
        </p>
      )}
      {row.answers && <RowParts place="below" row={row} own={props.own} />}
    </article>
  );
}

function plainText({ row, own, author, count, notices }: MessageRowProps): string {
  switch (row.kind) {
    case "notice":
      return notices.at(-1) ?? noticeText(row);
    case "unknown":
      return t("unknown");
    case "deleted": {
      const by = row.deleted?.by;
      if (by === undefined) return t("deleted");
      if (by === row.author) return own ? t("deleted.you") : t("deleted.by", { name: author });
      return t("deleted.moderator");
    }
    default:
      return waitingText(count);
  }
}

// Notices shows the newest of a run, and all of them when asked.
function Notices({ texts }: { texts: readonly string[] }) {
  const [open, setOpen] = useState(false);
  const shown = open ? texts : texts.slice(-1);
  return (
    <div className="message-plain message-plain-notice message-notices">
      {shown.map((text, index) => (
        <p key={index}>
          <bdi>{text}</bdi>
        </p>
      ))}
      <button type="button" aria-expanded={open} tabIndex={-1} onClick={() => setOpen(!open)}>
        {open ? t("notices.less") : t("notices.more", { count: texts.length - 1 })}
        <ChevronDown aria-hidden="true" />
      </button>
    </div>
  );
}

function waitingText(count: number): string {
  return count > 1 ? t("waiting.many", { count }) : t("waiting");
}
