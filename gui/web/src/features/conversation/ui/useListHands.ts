// The menu of a row of the list: the other mouse button, a long press, the menu key.
import { useRef, type KeyboardEvent, type MouseEvent, type PointerEvent } from "react";
import type { Conversation } from "~/api/types.ts";
import { useLongPress } from "~/kit/a11y/longpress.ts";
import type { PopupPlace } from "~/kit/primitives/PopupMenu.tsx";
import { openMenu } from "~/slots/dialogs.tsx";
import { slots } from "~/slots/slots.ts";
import { t } from "../text.ts";

export function useListHands(conversation: Conversation) {
  const opened = useRef(false);
  const open = (at: PopupPlace) => {
    const items = slots("listActions")
      .filter((one) => one.when(conversation))
      .map((one) => ({ label: one.label(conversation), icon: one.icon, danger: one.danger === true, onChoose: () => one.run(conversation) }));
    if (items.length > 0) openMenu(t("actions", { name: conversation.name }), at, items);
    return items.length > 0;
  };
  const { letGo, onPointerDown, ...rest } = useLongPress((at) => {
    opened.current = open(at);
  });
  return {
    ...rest,
    menu: open,
    onContextMenu: (event: MouseEvent<HTMLElement>) => {
      letGo();
      if (opened.current || open(event.button === 2 ? { x: event.clientX, y: event.clientY } : event.currentTarget)) event.preventDefault();
    },
    onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
      if (event.key === "F10" && event.shiftKey && open(event.currentTarget)) event.preventDefault();
    },
    onPointerDown: (event: PointerEvent) => {
      opened.current = false;
      onPointerDown(event);
    },
    onClickCapture: (event: MouseEvent) => {
      if (!opened.current) return; // the finger that opened the menu is no tap
      opened.current = false;
      event.preventDefault();
      event.stopPropagation();
    },
  };
}
