// A finger that rests: what opens a menu where there is no pointer.
import { useRef, type PointerEvent } from "react";

const LONG_PRESS = 450; // milliseconds
const SLIP = 10; // pixels that the finger may move meanwhile

// useLongPress calls then with the place of a finger that rested. The handlers go onto the element; letGo ends a press that
// something else took.
export function useLongPress(then: (at: { x: number; y: number }) => void) {
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number }>(undefined);
  const letGo = () => {
    clearTimeout(press.current?.timer);
    press.current = undefined;
  };
  return {
    letGo,
    onPointerDown: ({ pointerType, clientX: x, clientY: y }: PointerEvent) => {
      if (pointerType !== "touch") return;
      letGo();
      const timer = setTimeout(() => {
        press.current = undefined;
        then({ x, y });
      }, LONG_PRESS);
      press.current = { timer, x, y };
    },
    onPointerMove: ({ clientX, clientY }: PointerEvent) => {
      if (press.current && Math.hypot(clientX - press.current.x, clientY - press.current.y) > SLIP) letGo();
    },
    onPointerUp: letGo,
    onPointerCancel: letGo,
  };
}
