// Which messages of a conversation are selected, in the page alone.
import { toast } from "~/kit/a11y/live.tsx";
import { rowsOf } from "~/stream/selectors.ts";
import { sliceState } from "~/stream/slices.ts";
import { changeSlice, getState, readSlice } from "~/stream/store.ts";
import type { Row } from "~/stream/model.ts";
import { t } from "./text.ts";

export const MOST = 100;

export interface Selection {
  readonly conversation: string | undefined;
  readonly ids: readonly string[];
  readonly last: string | undefined; // the newest choice: from there a range goes
}

const none: Selection = { conversation: undefined, ids: [], last: undefined };

export const selection = sliceState<Selection>({
  name: "selection",
  initial: none,
  frames: {
    message: (now, message) => (message.kind === "text" ? now : drop(now, message.id)),
    "message.concealed": (now, { id, restored }) => (restored ? now : drop(now, id)),
  },
});

export function drop(now: Selection, id: string): Selection {
  if (!now.ids.includes(id)) return now;
  const ids = now.ids.filter((one) => one !== id);
  return ids.length === 0 ? none : { ...now, ids };
}

// chosen tells whether a message can be selected.
export function choosable(row: Row): boolean {
  return row.kind === "text" && row.id !== "";
}

export function toggle(now: Selection, row: Row): Selection {
  const ids = now.conversation === row.conversation ? now.ids : [];
  if (ids.includes(row.id)) return drop({ ...now, last: row.id }, row.id);
  return { conversation: row.conversation, ids: [...ids, row.id], last: row.id };
}

// extend selects everything from the last choice to a message.
export function extend(now: Selection, row: Row, rows: readonly Row[]): Selection {
  const all = rows.filter(choosable).map(({ id }) => id);
  const from = now.conversation === row.conversation && now.last !== undefined ? all.indexOf(now.last) : -1;
  const to = all.indexOf(row.id);
  if (from < 0 || to < 0) return toggle(now, row);
  const range = all.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { conversation: row.conversation, ids: [...new Set([...now.ids, ...range])], last: row.id };
}

function change(fn: (now: Selection) => Selection): void {
  changeSlice(selection, (now) => {
    const next = fn(now);
    if (next.ids.length <= MOST) return next;
    toast(t("select.limit"));
    return now;
  });
}

export function toggleRow(row: Row): void {
  change((now) => toggle(now, row));
}

export function extendTo(row: Row): void {
  change((now) => extend(now, row, rowsOf(getState(), row.conversation)));
}

export function endSelecting(): void {
  changeSlice(selection, () => none);
}

// selectedRows are the chosen messages in the order of the conversation.
export function selectedRows(): Row[] {
  const { conversation, ids } = readSlice(selection);
  return conversation === undefined ? [] : rowsOf(getState(), conversation).filter(({ id }) => ids.includes(id));
}
