// The menu of a row of the list: the other mouse button, a long press, the menu key.
import { useRef, type KeyboardEvent, type MouseEvent, type PointerEvent } from "react";
import type { Conversation } from "~/api/types.ts";
import type { PopupPlace } from "~/kit/primitives/PopupMenu.tsx";
import { openMenu } from "~/slots/dialogs.tsx";
import { slots } from "~/slots/slots.ts";
import { t } from "../text.ts";

const LONG_PRESS = 450; // milliseconds
const SLIP = 10; // pixels that a finger may move meanwhile

export function useListHands(conversation: Conversation) {
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number }>(undefined);
  const opened = useRef(false);
  const open = (at: PopupPlace) => {
    const items = slots("listActions")
      .filter((one) => one.when(conversation))
      .map((one) => ({ label: one.label(conversation), icon: one.icon, danger: one.danger === true, onChoose: () => one.run(conversation) }));
    if (items.length > 0) openMenu(t("actions", { name: conversation.name }), at, items);
    return items.length > 0;
  };
  const letGo = () => {
    clearTimeout(press.current?.timer);
    press.current = undefined;
  };
  return {
    menu: open,
    onContextMenu: (event: MouseEvent<HTMLElement>) => {
      letGo();
      if (opened.current || open(event.button === 2 ? { x: event.clientX, y: event.clientY } : event.currentTarget)) event.preventDefault();
    },
    onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
      if (event.key === "F10" && event.shiftKey && open(event.currentTarget)) event.preventDefault();
    },
    onPointerDown: ({ pointerType, clientX: x, clientY: y }: PointerEvent) => {
      opened.current = false;
      if (pointerType !== "touch") return;
      letGo();
      const timer = setTimeout(() => {
        press.current = undefined;
        opened.current = open({ x, y });
      }, LONG_PRESS);
      press.current = { timer, x, y };
    },
    onPointerMove: ({ clientX, clientY }: PointerEvent) => {
      if (press.current && Math.hypot(clientX - press.current.x, clientY - press.current.y) > SLIP) letGo();
    },
    onPointerUp: letGo,
    onPointerCancel: letGo,
    onClickCapture: (event: MouseEvent) => {
      if (!opened.current) return; // the finger that opened the menu is no tap
      opened.current = false;
      event.preventDefault();
      event.stopPropagation();
    },
  };
}
