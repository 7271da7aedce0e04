import { clockTime } from "~/i18n/time.ts";
import type { Row } from "~/stream/model.ts";
import { useSlice, useStore } from "~/stream/store.ts";
import { choosable, selection, toggleRow } from "../selection.ts";
import { t } from "../text.ts";
import "./selection.css";

// SelectedMark is the box of a message while messages of its conversation are selected.
export function SelectedMark({ row, own }: { row: Row; own: boolean }) {
  const selecting = useSlice(selection, (now) => now.conversation === row.conversation);
  const checked = useSlice(selection, (now) => selecting && now.ids.includes(row.id));
  const talk = useStore((state) => state.conversations[row.conversation]?.name ?? "");
  const name = own ? t("you") : row.author_name || talk;
  if (!selecting || !choosable(row)) return null;
  return (
    <label className="selected-mark">
      <input type="checkbox" checked={checked} tabIndex={-1} aria-label={t("select.one", { name, time: clockTime(row.sent_at) })}
        onChange={() => toggleRow(row)} />
    </label>
  );
}
