import { useLayoutEffect, useRef, type KeyboardEvent, type ReactNode, type RefObject } from "react";
import { useModal } from "./useModal.ts";
import "./menu.css";
import "./popup.css";

export interface PopupItem {
  readonly label: string;
  readonly icon?: ReactNode;
  readonly danger?: boolean;
  readonly detail?: string; // a key, or what is chosen now
  readonly checked?: boolean;
  onChoose(): void;
}

export type PopupPlace = { readonly x: number; readonly y: number } | Element;

interface PopupMenuProps {
  label: string;
  at: PopupPlace;
  items: readonly PopupItem[];
  onClose(): void;
}

const EDGE = 8; // pixels that stay free around it

// PopupMenu is a menu at a place of the page. On a narrow screen it is a sheet at the lower edge. The focus goes back to where
// it was when it closes.
export function PopupMenu({ label, at, items, onClose }: PopupMenuProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const modal = useModal(dialog, onClose, "[role^=menuitem]");
  usePopupPlace(dialog, at);
  const onKeyDown = (event: KeyboardEvent) => {
    const all = [...(dialog.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
    const now = all.findIndex((one) => one === document.activeElement);
    const next = { ArrowDown: now + 1, ArrowUp: now - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Tab") onClose();
    else if (next !== undefined) all[next % all.length]?.focus();
    else if (event.key.length === 1) letter(all, now, event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <dialog ref={dialog} className="popup" aria-label={label} onKeyDown={onKeyDown} {...modal}>
      <div role="menu" aria-label={label} className="popup-list">
        {items.map((item) => (
          <button key={item.label} type="button" tabIndex={-1} className={`menu-item ${item.danger ? "menu-item-danger" : ""}`}
            {...(item.checked === undefined ? { role: "menuitem" } : { role: "menuitemcheckbox", "aria-checked": item.checked })}
            onClick={() => {
              onClose();
              item.onChoose();
            }}>
            {item.icon}
            <span className="menu-item-label">{item.label}</span>
            {item.detail !== undefined && <span className="menu-item-detail">{item.detail}</span>}
          </button>
        ))}
      </div>
    </dialog>
  );
}

// letter moves to the next item that begins with what was typed.
function letter(all: readonly HTMLElement[], now: number, key: string): void {
  const from = now + 1;
  const order = [...all.slice(from), ...all.slice(0, from)];
  order.find((one) => one.textContent?.trim().toLocaleLowerCase().startsWith(key.toLocaleLowerCase()))?.focus();
}

// usePopupPlace keeps a popup at its place while it grows. An element is looked at once: it may go when the popup opens.
export function usePopupPlace(dialog: RefObject<HTMLElement | null>, at: PopupPlace): void {
  useLayoutEffect(() => {
    const element = dialog.current;
    if (!element) return;
    const box = at instanceof Element ? at.getBoundingClientRect() : new DOMRect(at.x, at.y, 0, 0);
    const side = at instanceof Element ? "end" : "start";
    put(element, box, side);
    const watch = new ResizeObserver(() => put(element, box, side));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
}

// put moves a popup to its place, inside the window; the style sheet overrides it on narrow screens.
function put(dialog: HTMLElement, box: DOMRect, side: "start" | "end"): void {
  const wide = dialog.offsetWidth;
  const high = dialog.offsetHeight;
  const rtl = getComputedStyle(dialog).direction === "rtl";
  // All along the line is measured from the side where reading begins.
  const room = document.documentElement.clientWidth;
  const [begin, end] = rtl ? [room - box.right, room - box.left] : [box.left, box.right];
  const start = side === "end" ? end - wide : begin;
  const fits = box.bottom + high + EDGE <= innerHeight;
  const top = fits ? box.bottom : Math.max(EDGE, box.top - high);
  dialog.style.setProperty("--popup-inline", `${Math.min(Math.max(EDGE, start), Math.max(EDGE, room - wide - EDGE))}px`);
  dialog.style.setProperty("--popup-block", `${Math.min(top, Math.max(EDGE, innerHeight - high - EDGE))}px`);
}
