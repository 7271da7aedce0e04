import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { IconButton } from "./Button.tsx";
import "./menu.css";

export interface MenuItem {
  label: string;
  icon: ReactNode;
  onChoose(): void;
}

interface MenuProps {
  label: string;
  icon: ReactNode;
  items: readonly MenuItem[];
}

// Menu is a button that opens a short list of things to do. Arrows move in
// it, Escape and a click elsewhere close it.
export function Menu({ label, icon, items }: MenuProps) {
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return;
    place.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
    const onOutside = (event: Event) => {
      if (event.target instanceof Node && !place.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", onOutside);
    document.addEventListener("focusin", onOutside);
    return () => {
      document.removeEventListener("pointerdown", onOutside);
      document.removeEventListener("focusin", onOutside);
    };
  }, [open]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (!open) return;
    const all = [...(place.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
    const now = all.findIndex((one) => one === document.activeElement);
    const next = { ArrowDown: now + 1, ArrowUp: now - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Escape") {
      setOpen(false);
      button.current?.focus();
    } else if (next !== undefined) all[next % all.length]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="menu" ref={place} onKeyDown={onKeyDown}>
      <IconButton ref={button} label={label} icon={icon} aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)} />
      {open && (
        <div className="menu-list" role="menu" aria-label={label}>
          {items.map((item) => (
            <button key={item.label} type="button" role="menuitem" tabIndex={-1} className="menu-item"
              onClick={() => {
                setOpen(false);
                button.current?.focus();
                item.onChoose();
              }}>
              {item.icon}
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
