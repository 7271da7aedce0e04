// Dialogs and menus that anything in the page can open, also what is gone when they close.
import { Suspense, useSyncExternalStore, type ReactNode } from "react";
import { PopupMenu, type PopupItem, type PopupPlace } from "~/kit/primitives/PopupMenu.tsx";

interface Opened {
  readonly key: number;
  readonly node: ReactNode;
}

let opened: readonly Opened[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: readonly Opened[]): void {
  opened = next;
  for (const listener of listeners) listener();
}

// openDialog shows what `draw` makes until `close` is called; it may be loaded then. It answers that as well.
export function openDialog(draw: (close: () => void) => ReactNode): () => void {
  const key = ++last;
  const close = () => set(opened.filter((one) => one.key !== key));
  set([...opened, { key, node: draw(close) }]);
  return close;
}

// openMenu shows a menu at a place: a menu under the pointer or an element, a sheet from below on a narrow screen.
export function openMenu(label: string, at: PopupPlace, items: readonly PopupItem[]): void {
  openDialog((close) => <PopupMenu label={label} at={at} items={items} onClose={close} />);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// DialogHost draws them; the shell has one.
export function DialogHost() {
  const all = useSyncExternalStore(subscribe, () => opened);
  return (
    <>
      {all.map((one) => (
        <Suspense key={one.key}>{one.node}</Suspense>
      ))}
    </>
  );
}
