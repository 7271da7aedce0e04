// How a person takes hold of a message: the pointer over it, the focus on it, a long press, the keys of its actions.
import { useState, type FocusEvent, type KeyboardEvent, type MouseEvent, type PointerEvent } from "react";
import { useLongPress } from "~/kit/a11y/longpress.ts";
import type { RowContext } from "~/slots/types.ts";
import type { Row } from "~/stream/model.ts";
import { actionsOf, openActions } from "./MessageActions.tsx";

export function useRowHands(row: Row, context: RowContext) {
  const [over, setOver] = useState(false);
  const [inside, setInside] = useState(false);
  const { letGo, onPointerDown, ...rest } = useLongPress((at) => {
    getSelection()?.removeAllRanges();
    openActions(row, context, at);
  });
  return {
    held: over || inside,
    hands: {
      ...rest,
      onPointerEnter: (event: PointerEvent) => event.pointerType !== "touch" && setOver(true),
      onPointerLeave: () => {
        setOver(false);
        letGo();
      },
      onFocus: () => setInside(true),
      onBlur: (event: FocusEvent) => !event.currentTarget.contains(event.relatedTarget) && setInside(false),
      onPointerDown: (event: PointerEvent) => {
        if (event.target instanceof Element && !event.target.closest("button, a, input")) onPointerDown(event);
      },
      onContextMenu: (event: MouseEvent) => {
        // A long press of the browser's own, and the menu key on the message; over text the browser's menu stays.
        const byKey = event.target === event.currentTarget && event.button !== 2;
        if (!byKey && !matchMedia("(hover: none)").matches) return;
        event.preventDefault();
        if (byKey) openActions(row, context, event.currentTarget);
      },
      onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
        if (event.target !== event.currentTarget || event.ctrlKey || event.altKey || event.metaKey) return;
        if (event.key === "F10" && event.shiftKey) {
          event.preventDefault();
          return openActions(row, context, event.currentTarget);
        }
        const key = event.key.toLowerCase();
        const action = actionsOf(row, context).find((one) => one.key?.toLowerCase() === key);
        if (!action) return;
        event.preventDefault();
        action.run(row, context);
      },
    },
  };
}
