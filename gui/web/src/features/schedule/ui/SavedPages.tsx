// The pages of what is to happen later. They are loaded when they are opened.
import { BellRing, CalendarClock } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import type { Reminder, Scheduled } from "~/api/types.ts";
import { fullTime } from "~/i18n/time.ts";
import { Button } from "~/kit/primitives/Button.tsx";
import { Empty } from "~/kit/primitives/Card.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { askJump } from "~/stream/jump.ts";
import { useSlice, useStore } from "~/stream/store.ts";
import { cancelScheduled, dropReminder, sendNow } from "../commands.ts";
import { inOrder, later, stuck } from "../state.ts";
import { t } from "../text.ts";
import { Beside } from "./Beside.tsx";
import { EditDialog } from "./EditDialog.tsx";
import { Sealed } from "./MomentDialog.tsx";

const pages = ["scheduled", "reminders"] as const;

function Frame({ at, children }: { at: (typeof pages)[number]; children: ReactNode }) {
  return (
    <main id="main" className="pane later-pane" data-region="" tabIndex={-1}>
      <header className="pane-head">
        <div className="pane-head-text">
          <h1>{t(`all.${at}`)}</h1>
        </div>
      </header>
      <nav className="later-tabs" aria-label={t("sections")}>
        {pages.map((one) => (
          <Link key={one} href={`/saved/${one}`} aria-current={one === at ? "page" : undefined}>
            {t(`all.${one}`)}
          </Link>
        ))}
      </nav>
      <div className="sheet">
        <div className="sheet-column">
          <Sealed />
          {children}
        </div>
      </div>
    </main>
  );
}

export function ScheduledPage() {
  const all = useSlice(later, (part) => part.messages);
  const loaded = useSlice(later, (part) => part.loaded);
  const list = inOrder(all);
  return (
    <Frame at="scheduled">
      {!loaded ? (
        <Spinner />
      ) : list.length === 0 ? (
        <Empty icon={<CalendarClock />} title={t("scheduled.none")}>
          {t("scheduled.none.hint")}
        </Empty>
      ) : (
        <ul className="later-list" aria-label={t("all.scheduled")}>
          {list.map((one) => (
            <ScheduledItem key={one.id} one={one} />
          ))}
        </ul>
      )}
    </Frame>
  );
}

function ScheduledItem({ one }: { one: Scheduled }) {
  const chat = useStore((state) => state.conversations[one.conversation]);
  const [editing, setEditing] = useState(false);
  const [busy, setBusy] = useState(false);
  const run = (what: (one: Scheduled) => Promise<boolean>) => {
    setBusy(true);
    void what(one).then(() => setBusy(false));
  };
  return (
    <li className="later-item" data-problem={stuck(one) ? "" : undefined}>
      <div className="later-top">
        {chat ? <Link href={`/c/${one.conversation}`}>{t("to", { name: chat.name })}</Link> : <span>{t("gone.chat")}</span>}
        <time dateTime={one.at}>{fullTime(one.at)}</time>
      </div>
      <p className="later-text" dir="auto">
        {one.text}
      </p>
      <Beside one={one} />
      {one.state !== "waiting" && (
        <p className="later-why">
          <strong>{t(`state.${one.state}`)}</strong> {one.state === "missed" ? t("why.missed") : one.reason}
        </p>
      )}
      <div className="card-actions">
        <Button onClick={() => setEditing(true)}>{t("edit")}</Button>
        <Button busy={busy} onClick={() => run(sendNow)}>
          {t("send.now")}
        </Button>
        <Button look="plain" onClick={() => run(cancelScheduled)}>
          {t("cancel")}
        </Button>
      </div>
      {editing && <EditDialog one={one} onClose={() => setEditing(false)} />}
    </li>
  );
}

export function RemindersPage() {
  const all = useSlice(later, (part) => part.reminders);
  const loaded = useSlice(later, (part) => part.loaded);
  const list = inOrder(all);
  return (
    <Frame at="reminders">
      {!loaded ? (
        <Spinner />
      ) : list.length === 0 ? (
        <Empty icon={<BellRing />} title={t("reminders.none")}>
          {t("reminders.none.hint")}
        </Empty>
      ) : (
        <ul className="later-list" aria-label={t("all.reminders")}>
          {list.map((one) => (
            <ReminderItem key={one.id} one={one} />
          ))}
        </ul>
      )}
    </Frame>
  );
}

function ReminderItem({ one }: { one: Reminder }) {
  const chat = useStore((state) => state.conversations[one.conversation]);
  const me = useStore((state) => state.me?.acct);
  const [, go] = useLocation();
  const open = () => {
    if (!one.gone) askJump(one.conversation, one.message);
    go(`/c/${one.conversation}`);
  };
  const author = one.author === me ? t("you") : (one.author_name ?? chat?.name ?? "");
  return (
    <li className="later-item" data-due={one.due ? "" : undefined}>
      <div className="later-top">
        <span>{!chat ? t("gone.chat") : one.gone ? t("in", { name: chat.name }) : t("by", { name: author, chat: chat.name })}</span>
        <span>
          {one.due && <strong className="later-due">{t("reminder.due")} </strong>}
          <time dateTime={one.at}>{fullTime(one.at)}</time>
        </span>
      </div>
      <p className="later-text" dir="auto">
        {one.gone ? t("reminder.gone") : one.text}
      </p>
      {one.note !== undefined && (
        <p className="later-note" dir="auto">
          {one.note}
        </p>
      )}
      <div className="card-actions">
        {chat && <Button onClick={open}>{t("reminder.open")}</Button>}
        <Button look="plain" onClick={() => void dropReminder(one.id)}>
          {t("reminder.done")}
        </Button>
      </div>
    </li>
  );
}
