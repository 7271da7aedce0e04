// What can be done with messages that are there: delete, forward, select several.
import { Forward, SquareCheck, Trash2, X } from "lucide-react";
import type { Command, Hung, RowAction } from "~/slots/types.ts";
import type { Row } from "~/stream/model.ts";
import { rowsOf } from "~/stream/selectors.ts";
import { getState } from "~/stream/store.ts";
import { askToDelete, askToForward } from "./ask.tsx";
import { cancelSending } from "./commands.ts";
import { choosable, toggleRow } from "./selection.ts";
import { t } from "./text.ts";
import { ForwardedFrom } from "./ui/ForwardedFrom.tsx";
import { SelectedMark } from "./ui/SelectedMark.tsx";
import { SelectionBar } from "./ui/SelectionBar.tsx";
import { SelectionClicks } from "./ui/SelectionClicks.tsx";

const forward: RowAction = {
  id: "forward",
  rank: 40,
  key: "f",
  icon: <Forward className="mirrored" />,
  label: () => t("forward"),
  when: (row) => choosable(row),
  run: (row) => askToForward([row]),
};

const select: RowAction = {
  id: "select",
  rank: 50,
  key: "x",
  icon: <SquareCheck />,
  label: () => t("select"),
  when: (row) => choosable(row),
  run: toggleRow,
};

const cancel: RowAction = {
  id: "cancel-sending",
  rank: 85,
  icon: <X />,
  label: () => t("cancel.sending"),
  when: (row, { own }) => own && (row.state === "queued" || (row.state === "sending" && row.id !== "")),
  run: (row) => void cancelSending(row),
};

const remove: RowAction = {
  id: "delete",
  rank: 90,
  key: "Delete",
  danger: true,
  icon: <Trash2 />,
  label: () => t("delete"),
  when: (row) => choosable(row),
  run: (row) => askToDelete([row]),
};

// onNewest offers in the palette what a key does with the message that has the focus.
function onNewest(id: string, keys: string, name: () => string, run: (row: Row) => void): Command {
  const newest = (conversation: string) => rowsOf(getState(), conversation).findLast(choosable);
  return {
    id,
    keys,
    name,
    when: (open) => open !== undefined && newest(open.id) !== undefined,
    run: (_, open) => {
      const row = open && newest(open.id);
      if (row) run(row);
    },
  };
}

export const handling: Hung = {
  rowActions: [forward, select, cancel, remove],
  rowParts: [
    { id: "selected", place: "above", Part: SelectedMark },
    { id: "forwarded", place: "above", Part: ForwardedFrom },
  ],
  headParts: [{ id: "selection", place: "below", Part: SelectionBar }],
  overlays: [SelectionClicks],
  commands: [
    onNewest("select", "X", () => t("select.newest"), toggleRow),
    onNewest("forward", "F", () => t("forward.newest"), (row) => askToForward([row])),
    onNewest("delete", "Delete", () => t("delete.newest"), (row) => askToDelete([row])),
  ],
};

