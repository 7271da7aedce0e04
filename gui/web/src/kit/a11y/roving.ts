// Roving focus: a list is one stop of the Tab key, arrows move inside it.
import { useRef, type KeyboardEvent } from "react";

const ITEM = "[data-roving]";

// useRoving gives the handler for the list element. Its items carry
// data-roving; the chosen one has tabIndex 0, the others -1.
export function useRoving<Element extends HTMLElement>() {
  const list = useRef<Element>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const items = [...(list.current?.querySelectorAll<HTMLElement>(ITEM) ?? [])];
    if (items.length === 0) return;
    const now = items.findIndex((item) => item === document.activeElement);
    const next = items[Math.max(0, Math.min(items.length - 1, now + step))];
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  return { ref: list, onKeyDown };
}
