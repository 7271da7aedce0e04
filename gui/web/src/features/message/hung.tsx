// What the slice of messages hangs into the screens.
import { Copy, History, Pencil, Reply } from "lucide-react";
import { lazy } from "react";
import { say } from "~/kit/a11y/live.tsx";
import { openDialog } from "~/slots/dialogs.tsx";
import type { Hung, RowAction } from "~/slots/types.ts";
import { editable, startEditing } from "./editing.ts";
import { startReply } from "./replying.ts";
import { t } from "./text.ts";

const EditsDialog = lazy(async () => ({ default: (await import("./ui/EditsDialog.tsx")).EditsDialog }));

const reply: RowAction = {
  id: "reply",
  rank: 10,
  key: "r",
  bar: true,
  icon: <Reply className="mirrored" />,
  label: () => t("reply"),
  when: (row, { fixed }) => !fixed && row.kind === "text" && row.id !== "",
  run: startReply,
};

const copy: RowAction = {
  id: "copy",
  rank: 20,
  key: "c",
  bar: true,
  icon: <Copy />,
  label: () => t("copy"),
  when: (row) => row.kind === "text",
  run: (row) => void navigator.clipboard.writeText(row.text).then(() => say(t("copied"))),
};

const edit: RowAction = {
  id: "edit",
  rank: 30,
  key: "e",
  bar: true,
  icon: <Pencil />,
  label: () => t("edit"),
  when: (row, { own, fixed }) => own && !fixed && editable(row, row.author),
  run: startEditing,
};

const history: RowAction = {
  id: "history",
  rank: 80,
  icon: <History />,
  label: () => t("edits.title"),
  when: (row) => row.edited_at !== undefined,
  run: ({ conversation, id }) => void openDialog((close) => <EditsDialog conversation={conversation} message={id} onClose={close} />),
};

export const message: Hung = { rowActions: [reply, copy, edit, history] };

export const showHistory = history.run;
