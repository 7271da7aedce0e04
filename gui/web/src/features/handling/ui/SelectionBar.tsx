import { Copy, Forward, Trash2, X } from "lucide-react";
import { useEffect } from "react";
import type { Conversation } from "~/api/types.ts";
import { say } from "~/kit/a11y/live.tsx";
import { Button, IconButton } from "~/kit/primitives/Button.tsx";
import { useSlice } from "~/stream/store.ts";
import { askToDelete, askToForward } from "../ask.tsx";
import { endSelecting, selectedRows, selection } from "../selection.ts";
import { t } from "../text.ts";
import "./selection.css";

// SelectionBar is what can be done with the messages that are selected. It goes with the selection, or by Escape.
export function SelectionBar({ conversation }: { conversation: Conversation }) {
  const count = useSlice(selection, (now) => (now.conversation === conversation.id ? now.ids.length : 0));
  const open = count > 0;
  useEffect(() => {
    if (!open) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      endSelecting();
    };
    window.addEventListener("keydown", onKey, { capture: true });
    return () => window.removeEventListener("keydown", onKey, { capture: true });
  }, [open]);
  useEffect(() => endSelecting, [conversation.id]);
  useEffect(() => {
    if (count > 0) say(t("select.count", { count }));
  }, [count]);
  if (!open) return null;
  return (
    <div className="selection-bar" role="toolbar" aria-label={t("select.bar")}>
      <IconButton label={t("select.end")} icon={<X />} onClick={endSelecting} />
      <span className="selection-count">{t("select.count", { count })}</span>
      <Button look="plain" icon={<Copy />} onClick={() => void copy()}>
        {t("select.copy")}
      </Button>
      <Button look="plain" icon={<Forward className="mirrored" />} onClick={() => askToForward(selectedRows(), endSelecting)}>
        {t("forward")}
      </Button>
      <Button look="plain" icon={<Trash2 />} onClick={() => askToDelete(selectedRows(), endSelecting)}>
        {t("delete")}
      </Button>
    </div>
  );
}

async function copy(): Promise<void> {
  const rows = selectedRows();
  await navigator.clipboard.writeText(rows.map((row) => row.text).join("\n\n"));
  say(t("select.copied", { count: rows.length }));
  endSelecting();
}
