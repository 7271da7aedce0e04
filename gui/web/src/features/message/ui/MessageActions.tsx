import { Copy, History, Pencil, Reply } from "lucide-react";
import type { ReactNode } from "react";
import { say } from "~/kit/a11y/live.tsx";
import { IconButton } from "~/kit/primitives/Button.tsx";
import type { Row } from "~/stream/model.ts";
import { editable, startEditing } from "../editing.ts";
import { startReply } from "../replying.ts";
import { t } from "../text.ts";

interface Action {
  label: string;
  icon: ReactNode;
  run(): void;
}

export interface ActionsProps {
  row: Row;
  own: boolean;
  fixed: boolean; // nothing can be written here now
  onHistory(): void;
}

function actionsOf({ row, own, fixed, onHistory }: ActionsProps): Action[] {
  const all: Action[] = [];
  if (!fixed && row.id !== "") all.push({ label: t("reply"), icon: <Reply className="mirrored" />, run: () => startReply(row) });
  all.push({ label: t("copy"), icon: <Copy />, run: () => void copy(row.text) });
  if (own && !fixed && editable(row, row.author)) all.push({ label: t("edit"), icon: <Pencil />, run: () => startEditing(row) });
  if (row.edited_at !== undefined) all.push({ label: t("edits.title"), icon: <History />, run: onHistory });
  return all;
}

// Toolbar stands over a message that the pointer or the focus is on.
export function Toolbar(props: ActionsProps) {
  return (
    <div className="message-actions" role="group" aria-label={t("actions")}>
      {actionsOf(props).map(({ label, icon, run }) => (
        <IconButton key={label} label={label} icon={icon} tabIndex={-1} onClick={run} />
      ))}
    </div>
  );
}

async function copy(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  say(t("copied"));
}
