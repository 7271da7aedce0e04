import { useEffect } from "react";
import { getState, readSlice } from "~/stream/store.ts";
import { choosable, extendTo, selection, toggleRow } from "../selection.ts";

// SelectionClicks selects by the pointer: Shift and a click from the last choice to a message; while some are selected, a click.
export function SelectionClicks() {
  useEffect(() => {
    const onClick = (event: MouseEvent) => {
      const target = event.target instanceof Element ? event.target : undefined;
      const id = target?.closest("[data-message]")?.getAttribute("data-message");
      const { keyOf, rows } = getState();
      const row = rows[keyOf[id ?? ""] ?? ""];
      if (!row || !choosable(row) || target?.closest("button, a, input, label, dialog")) return;
      const selecting = readSlice(selection).conversation === row.conversation;
      if (event.shiftKey) {
        getSelection()?.removeAllRanges();
        extendTo(row);
      } else if (selecting && getSelection()?.isCollapsed !== false) toggleRow(row);
    };
    document.addEventListener("click", onClick);
    return () => document.removeEventListener("click", onClick);
  }, []);
  return null;
}
