import { Check, CheckCheck, CircleAlert, Clock, Compass, Megaphone, MessageCircle, MessageCirclePlus, UserPlus, Users } from "lucide-react";
import { memo, useState } from "react";
import { Link, useLocation, useRoute } from "wouter";
import type { Conversation } from "~/api/types.ts";
import { shortTime } from "~/i18n/time.ts";
import { useRoving } from "~/kit/a11y/roving.ts";
import { Badge } from "~/kit/primitives/Badge.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Empty } from "~/kit/primitives/Card.tsx";
import { Menu } from "~/kit/primitives/Menu.tsx";
import { PaneTitle } from "~/kit/primitives/PaneTitle.tsx";
import { conversationsByTime } from "~/stream/selectors.ts";
import { useStore } from "~/stream/store.ts";
import { slots } from "~/slots/slots.ts";
import type { ListMark } from "~/slots/types.ts";
import { lastLine } from "../lastline.ts";
import { t } from "../text.ts";
import { Face } from "./Face.tsx";
import { useListHands } from "./useListHands.ts";
import "~/kit/primitives/list.css";

const filters = ["all", "unread", "groups"] as const;

export function ConversationList() {
  const all = useStore(conversationsByTime);
  const mine = useStore((state) => state.me?.acct);
  const [filter, setFilter] = useState("all");
  const [, params] = useRoute("/c/:id");
  const roving = useRoving<HTMLUListElement>();
  const filterKeys = useRoving<HTMLDivElement>();
  const open = params?.id;
  const hung = slots("listFilters").flatMap(({ id, label, use }) => {
    const shows = use();
    return shows ? [{ id, label, shows }] : [];
  });
  const special = hung.find((one) => one.id === filter);
  const shown = all.filter((one) => {
    if (special) return special.shows(one);
    if (slots("listMarks").some((mark) => mark.hides?.(one))) return false;
    return filter === "groups" ? one.group !== undefined : filter !== "unread" || one.unread > 0 || one.id === open;
  });
  const stop = shown.some((one) => one.id === open) ? open : shown[0]?.id;
  return (
    <>
      <header className="list-head">
        <PaneTitle>{t("title")}</PaneTitle>
        <NewMenu />
      </header>
      {all.length > 0 && (
        <div className="list-filter" role="group" aria-label={t("filter")} {...filterKeys}>
          {filters.map((one) => (
            <button key={one} type="button" data-roving="" tabIndex={filter === one ? 0 : -1} aria-pressed={filter === one} onClick={() => setFilter(one)}>
              {t(`filter.${one}`)}
            </button>
          ))}
          {hung.map(({ id, label }) => (
            <button key={id} type="button" data-roving="" tabIndex={filter === id ? 0 : -1} aria-pressed={filter === id} onClick={() => setFilter(id)}>
              {label()}
            </button>
          ))}
        </div>
      )}
      {shown.length === 0 ? (
        <NothingHere filter={filter} showAll={() => setFilter("all")} />
      ) : (
        <ul className="list" aria-label={t("list")} {...roving}>
          {shown.map((one) => (
            <ConversationRow key={one.id} conversation={one} mine={mine} open={one.id === open} tabbable={one.id === stop} />
          ))}
        </ul>
      )}
    </>
  );
}

function NewMenu() {
  const [, go] = useLocation();
  return (
    <Menu label={t("new")} icon={<MessageCirclePlus />}
      items={[
        { label: t("new.group"), icon: <Users />, onChoose: () => go("/new/group") },
        { label: t("new.channel"), icon: <Megaphone />, onChoose: () => go("/new/channel") },
        { label: t("new.contact"), icon: <UserPlus />, onChoose: () => go("/contacts/add") },
        { label: t("new.find"), icon: <Compass />, onChoose: () => go("/groups") },
      ]} />
  );
}

function NothingHere({ filter, showAll }: { filter: string; showAll(): void }) {
  if (filter === "unread") {
    return (
      <Empty icon={<CheckCheck />} title={t("empty.unread.title")}
        action={<Button onClick={showAll}>{t("show.all")}</Button>}>
        {t("empty.unread.text")}
      </Empty>
    );
  }
  if (filter === "groups") {
    return (
      <Empty icon={<Users />} title={t("empty.groups.title")}
        action={
          <Link href="/new/group" className="button button-soft">
            {t("new.group")}
          </Link>
        }>
        {t("empty.groups.text")}
      </Empty>
    );
  }
  return (
    <Empty icon={<MessageCircle />} title={t("empty.title")}
      action={
        <Link href="/contacts/add" className="button button-soft">
          {t("new")}
        </Link>
      }>
      {t("empty.text")}
    </Empty>
  );
}

interface RowProps {
  conversation: Conversation;
  mine: string | undefined;
  open: boolean;
  tabbable: boolean;
}

const ConversationRow = memo(function ConversationRow({ conversation, mine, open, tabbable }: RowProps) {
  const { last, unread } = conversation;
  const hands = useListHands(conversation);
  const preview = slots("listMarks").find((one) => one.place === "preview" && one.when(conversation));
  return (
    <li className="list-item" {...hands}>
      <Link href={`/c/${conversation.id}`} className="list-row" data-roving="" tabIndex={tabbable ? 0 : -1}
        aria-current={open ? "page" : undefined} data-unread={unread > 0 ? "" : undefined}>
        <span className="list-face">
          <Face conversation={conversation} />
          <Marks place="avatar" conversation={conversation} />
        </span>
        <span className="list-row-main">
          <span className="list-row-top">
            <bdi className="list-row-name">{conversation.name}</bdi>
            <Marks place="name" conversation={conversation} />
            {last && (
              <time className="list-row-time" dateTime={last.sent_at}>
                {shortTime(last.sent_at)}
              </time>
            )}
          </span>
          <span className="list-row-bottom">
            {!preview && last && last.author === mine && <StateMark state={last.state} />}
            <span className="list-row-preview" dir="auto">
              {preview ? <preview.Mark conversation={conversation} /> : lastLine(conversation, mine)}
            </span>
            <Marks place="badge" conversation={conversation} />
            <Badge count={unread} label={t("unread", { count: unread })} />
          </span>
        </span>
      </Link>
    </li>
  );
});

function Marks({ place, conversation }: { place: ListMark["place"]; conversation: Conversation }) {
  return slots("listMarks").map(({ id, place: where, Mark, when }) => (where === place && when(conversation) ? <Mark key={id} conversation={conversation} /> : null));
}

const marks = { sending: Clock, sent: Check, delivered: CheckCheck, read: CheckCheck, failed: CircleAlert };

function StateMark({ state }: { state: keyof typeof marks }) {
  const Icon = marks[state];
  return (
    <span className={`list-row-state list-row-${state}`}>
      <Icon aria-hidden="true" />
      <span className="sr-only">{t(`state.${state}`)}</span>
    </span>
  );
}
