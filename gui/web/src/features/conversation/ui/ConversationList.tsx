import { Archive, Check, CheckCheck, CircleAlert, Clock, Compass, Ellipsis, FolderOpen, Megaphone, MessageCircle, MessageCirclePlus, UserPlus, Users } from "lucide-react";
import { memo, useState } from "react";
import { Link, useLocation, useRoute } from "wouter";
import type { Conversation } from "~/api/types.ts";
import { shortTime } from "~/i18n/time.ts";
import { useRoving } from "~/kit/a11y/roving.ts";
import { Badge, DotBadge } from "~/kit/primitives/Badge.tsx";
import { Button, IconButton } from "~/kit/primitives/Button.tsx";
import { Empty } from "~/kit/primitives/Card.tsx";
import { PaneTitle } from "~/kit/primitives/PaneTitle.tsx";
import { archived, isMuted, listed } from "~/stream/selectors.ts";
import { useSlice, useStore } from "~/stream/store.ts";
import { openMenu } from "~/slots/dialogs.tsx";
import { slots } from "~/slots/slots.ts";
import type { ListMark } from "~/slots/types.ts";
import { markAllRead } from "../flags.ts";
import { folderState } from "../folders.ts";
import { lastLine } from "../lastline.ts";
import { t } from "../text.ts";
import { Face } from "./Face.tsx";
import { useListHands } from "./useListHands.ts";
import "~/kit/primitives/list.css";
import "./flags.css";

const filters = ["all", "unread", "groups"] as const;

export function ConversationList() {
  const all = useStore(listed);
  const away = useStore(archived).length;
  const folders = useSlice(folderState, ({ items }) => items);
  const [chosen, setFilter] = useState("all");
  const [, params] = useRoute("/c/:id");
  const filterKeys = useRoving<HTMLDivElement>();
  const open = params?.id;
  const tabs = [
    ...filters.map((id) => ({ id: id as string, label: t(`filter.${id}`), shows: usual[id](open) })),
    ...slots("listFilters").flatMap(({ id, label, use }) => {
      const shows = use();
      return shows ? [{ id, label: label(), shows }] : [];
    }),
    ...folders.map(({ id, name }) => ({ id: `folder:${id}`, label: name, shows: ({ flags }: Conversation) => flags.folders.includes(id) })),
  ];
  const tab = tabs.find((one) => one.id === chosen) ?? tabs[0];
  const filter = tab?.id ?? "all";
  const shown = all.filter((one) => {
    if (filter in usual && slots("listMarks").some((mark) => mark.hides?.(one))) return false;
    return tab?.shows(one);
  });
  return (
    <>
      <header className="list-head">
        <PaneTitle>{t("title")}</PaneTitle>
        <NewMenu />
      </header>
      {all.length > 0 && (
        <div className="list-filter" role="group" aria-label={t("filter")} {...filterKeys}>
          {tabs.map(({ id, label }) => (
            <button key={id} type="button" data-roving="" tabIndex={filter === id ? 0 : -1} aria-pressed={filter === id} onClick={() => setFilter(id)}>
              <bdi>{label}</bdi>
            </button>
          ))}
        </div>
      )}
      {filter === "unread" && shown.some(isUnread) && (
        <Button look="plain" className="list-all-read" icon={<CheckCheck />} onClick={markAllRead}>
          {t("read.all")}
        </Button>
      )}
      {filter === "all" && away > 0 && (
        <Link href="/archived" className="list-row list-archived">
          <Archive aria-hidden="true" />
          <span className="list-row-main">{t("archived.count", { count: away })}</span>
        </Link>
      )}
      {shown.length === 0 ? <NothingHere filter={filter} showAll={() => setFilter("all")} /> : <Rows shown={shown} open={open} label={t("list")} />}
    </>
  );
}

const isUnread = ({ unread, flags }: Conversation) => unread > 0 || flags.marked_unread;

const usual: Record<(typeof filters)[number], (open: string | undefined) => (conversation: Conversation) => boolean> = {
  all: () => () => true,
  unread: (open) => (one) => isUnread(one) || one.id === open,
  groups: () => (one) => one.group !== undefined,
};

// Rows are a list of conversations; the one at `open` is shown beside it.
export function Rows({ shown, open, label }: { shown: readonly Conversation[]; open: string | undefined; label: string }) {
  const mine = useStore((state) => state.me?.acct);
  const roving = useRoving<HTMLUListElement>();
  const stop = shown.some((one) => one.id === open) ? open : shown[0]?.id;
  return (
    <ul className="list" aria-label={label} {...roving}>
      {shown.map((one) => (
        <ConversationRow key={one.id} conversation={one} mine={mine} open={one.id === open} tabbable={one.id === stop} />
      ))}
    </ul>
  );
}

function NewMenu() {
  const [, go] = useLocation();
  return (
    <IconButton label={t("new")} icon={<MessageCirclePlus />} aria-haspopup="menu"
      onClick={(event) =>
        openMenu(t("new"), event.currentTarget, [
          { label: t("new.group"), icon: <Users />, onChoose: () => go("/new/group") },
          { label: t("new.channel"), icon: <Megaphone />, onChoose: () => go("/new/channel") },
          { label: t("new.contact"), icon: <UserPlus />, onChoose: () => go("/contacts/add") },
          { label: t("new.find"), icon: <Compass />, onChoose: () => go("/groups") },
        ])
      } />
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
  if (filter.startsWith("folder:")) {
    return (
      <Empty icon={<FolderOpen />} title={t("empty.folder.title")}
        action={<Button onClick={showAll}>{t("show.all")}</Button>}>
        {t("empty.folder.text")}
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
  const { last, unread, flags } = conversation;
  const quiet = isMuted(conversation);
  const { menu, ...hands } = useListHands(conversation);
  const preview = useStore(() => slots("listMarks").find((one) => one.place === "preview" && one.when(conversation)));
  return (
    <li className="list-item" {...hands}>
      <Link href={`/c/${conversation.id}`} className="list-row" data-roving="" tabIndex={tabbable ? 0 : -1}
        aria-current={open ? "page" : undefined} data-unread={isUnread(conversation) && !quiet ? "" : undefined}>
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
            <Badge count={unread} label={t("unread", { count: unread })} quiet={quiet} />
            {unread === 0 && flags.marked_unread && <DotBadge label={t("unread.marked")} quiet={quiet} />}
          </span>
        </span>
      </Link>
      <IconButton className="list-more" tabIndex={-1} label={t("more", { name: conversation.name })} icon={<Ellipsis />} aria-haspopup="menu"
        onClick={(event) => menu(event.currentTarget)} />
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
