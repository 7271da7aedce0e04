// What the list of conversations hangs into the screens.
import { Archive, ArchiveRestore, ArrowDown, ArrowUp, Bell, BellDot, BellOff, Eraser, EyeOff, Folder, Mail, MailOpen, Pin, PinOff, Star, StarOff, Trash2 } from "lucide-react";
import { lazy, Suspense } from "react";
import type { Conversation } from "~/api/types.ts";
import { openDialog, openMenu } from "~/slots/dialogs.tsx";
import type { Hung, ListAction, ListMark } from "~/slots/types.ts";
import { isMuted } from "~/stream/selectors.ts";
import { getState, readSlice } from "~/stream/store.ts";
import { markAllRead, markRead, mute, setFlags, unmute } from "./flags.ts";
import { folderState } from "./folders.ts";
import { t } from "./text.ts";
import { OpenMark } from "./ui/OpenMark.tsx";

const Sure = lazy(async () => ({ default: (await import("./ui/DangerZone.tsx")).Sure }));
const Archived = lazy(() => import("./ui/ArchivedPage.tsx"));
const FoldersPage = lazy(() => import("./ui/FoldersPage.tsx"));
const NewFolder = lazy(() => import("./ui/NewFolder.tsx"));

// place is where a second menu opens: the row, which has the focus again, or the corner of the list.
function place(): Element {
  return document.activeElement?.closest(".list-item") ?? document.querySelector(".list") ?? document.body;
}

const unread = ({ unread: count, flags }: Conversation) => count > 0 || flags.marked_unread;
const pins = () => Object.values(getState().conversations).filter((one) => one.flags.pinned > 0).length;

const action = (id: string, rank: number, icon: ListAction["icon"], label: Parameters<typeof t>[0], when: ListAction["when"], run: ListAction["run"], danger = false): ListAction => ({
  id, rank, icon, danger, when, run, label: () => t(label),
});

function chooseMute(conversation: Conversation): void {
  const hours = [1, 8, 7 * 24, undefined];
  openMenu(t("mute"), place(), hours.map((count) => ({
    label: count === undefined ? t("mute.good") : t("mute.hours", { count }),
    onChoose: () => mute(conversation, count),
  })));
}

function chooseLevel(conversation: Conversation): void {
  openMenu(t("notify"), place(), (["all", "mentions", "none"] as const).map((notify) => ({
    label: t(`notify.${notify}`),
    checked: conversation.flags.notify === notify,
    onChoose: () => void setFlags(conversation, { notify }),
  })));
}

function chooseFolder(conversation: Conversation): void {
  const { folders } = conversation.flags;
  openMenu(t("folder"), place(), [
    ...readSlice(folderState).items.map(({ id, name }) => ({
      label: name,
      checked: folders.includes(id),
      onChoose: () => void setFlags(conversation, { folders: folders.includes(id) ? folders.filter((one) => one !== id) : [...folders, id] }),
    })),
    { label: t("folder.new"), icon: <Folder />, onChoose: () => void openDialog((close) => <Suspense><NewFolder conversation={conversation} onClose={close} /></Suspense>) },
  ]);
}

const ask = (asked: "clear" | "drop") => (conversation: Conversation) =>
  void openDialog((close) => <Sure asked={asked} conversation={conversation} onClose={close} />);

const listActions: ListAction[] = [
  action("read", 10, <MailOpen />, "read", unread, (one) => void markRead(one)),
  action("unread", 10, <Mail />, "unread.mark", (one) => !unread(one), (one) => void setFlags(one, { marked_unread: true })),
  action("pin", 20, <Pin />, "pin", ({ flags }) => flags.pinned === 0 && !flags.archived, (one) => void setFlags(one, { pinned: 1 })),
  action("unpin", 20, <PinOff />, "unpin", ({ flags }) => flags.pinned > 0, (one) => void setFlags(one, { pinned: 0 })),
  action("up", 21, <ArrowUp />, "pin.up", ({ flags }) => flags.pinned > 1, (one) => void setFlags(one, { pinned: one.flags.pinned - 1 })),
  action("down", 22, <ArrowDown />, "pin.down", ({ flags }) => flags.pinned > 0 && flags.pinned < pins(), (one) => void setFlags(one, { pinned: one.flags.pinned + 1 })),
  action("mute", 30, <BellOff />, "mute", (one) => !isMuted(one), chooseMute),
  action("unmute", 30, <Bell />, "unmute", isMuted, unmute),
  action("notify", 31, <BellDot />, "notify", () => true, chooseLevel),
  action("folder", 40, <Folder />, "folder", () => true, chooseFolder),
  action("favourite", 41, <Star />, "favourite", ({ group, flags }) => !group && !flags.favourite, (one) => void setFlags(one, { favourite: true })),
  action("favourite.not", 41, <StarOff />, "favourite.not", ({ group, flags }) => !group && flags.favourite, (one) => void setFlags(one, { favourite: false })),
  action("archive", 50, <Archive />, "archive", ({ flags }) => !flags.archived, (one) => void setFlags(one, { archived: true })),
  action("unarchive", 50, <ArchiveRestore />, "unarchive", ({ flags }) => flags.archived, (one) => void setFlags(one, { archived: false })),
  action("hide", 51, <EyeOff />, "hide", ({ flags }) => !flags.hidden, (one) => void setFlags(one, { hidden: true })),
  action("clear", 90, <Eraser />, "clear", () => true, ask("clear")),
  action("drop", 91, <Trash2 />, "drop", () => true, ask("drop"), true),
];

const mark = (id: string, label: Parameters<typeof t>[0], Icon: typeof Pin, when: ListMark["when"]): ListMark => ({
  id,
  place: "name",
  when,
  Mark: () => (
    <span className="list-row-mark">
      <Icon aria-hidden="true" />
      <span className="sr-only">{t(label)}</span>
    </span>
  ),
});

export const conversation: Hung = {
  listActions,
  listMarks: [
    mark("favourite", "mark.favourite", Star, ({ flags }) => flags.favourite),
    mark("muted", "mark.muted", BellOff, isMuted),
    mark("pinned", "mark.pinned", Pin, ({ flags }) => flags.pinned > 0),
  ],
  pages: [{ id: "archived", path: "/archived", Page: () => <Suspense><Archived /></Suspense> }],
  settingsPages: [{ id: "folders", rank: 65, icon: <Folder />, label: () => t("folders.title"), Page: FoldersPage }],
  overlays: [OpenMark],
  commands: [
    { id: "read.all", name: () => t("read.all"), run: markAllRead },
    { id: "archived", name: () => t("archived.title"), run: (go) => go("/archived") },
    {
      id: "mute",
      name: () => t("mute.this"),
      when: (open) => open !== undefined && !isMuted(open),
      run: (_, open) => open && chooseMute(open),
    },
  ],
};
