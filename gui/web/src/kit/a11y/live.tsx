// Things said to a screen reader and, as toasts, to everybody. One polite and
// one pressing region stand in the page from the start, because a region that
// appears together with its text is often not read.
import { useSyncExternalStore } from "react";
import "./live.css";

interface Spoken {
  polite: string;
  pressing: string;
  toast: { id: number; text: string; act: ToastAction | undefined } | undefined;
}

// ToastAction is what can still be done about it, as long as the toast stands.
export interface ToastAction {
  readonly label: string;
  run(): void;
}

let spoken: Spoken = { polite: "", pressing: "", toast: undefined };
const listeners = new Set<() => void>();
let toasts = 0;

function set(change: Partial<Spoken>): void {
  spoken = { ...spoken, ...change };
  for (const listener of listeners) listener();
}

// say is read when the reader is free; the same words twice are read twice.
export function say(text: string): void {
  set({ polite: text === spoken.polite ? `${text}\u00a0` : text });
}

export function sayNow(text: string): void {
  set({ pressing: text === spoken.pressing ? `${text}\u00a0` : text });
}

const TOAST_TIME = 6000;

export function toast(text: string, act?: ToastAction): void {
  const id = ++toasts;
  set({ toast: { id, text, act } });
  say(text);
  setTimeout(() => {
    if (spoken.toast?.id === id) set({ toast: undefined });
  }, TOAST_TIME);
}

export function LiveRegions() {
  const now = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => spoken,
  );
  return (
    <>
      <div className="sr-only" aria-live="polite">
        {now.polite}
      </div>
      <div className="sr-only" aria-live="assertive">
        {now.pressing}
      </div>
      {now.toast && <Toast key={now.toast.id} text={now.toast.text} act={now.toast.act} />}
    </>
  );
}

function Toast({ text, act }: { text: string; act: ToastAction | undefined }) {
  return (
    <div className={act ? "toast toast-act" : "toast"}>
      <span aria-hidden="true">{text}</span>
      {act && (
        <button type="button"
          onClick={() => {
            set({ toast: undefined });
            act.run();
          }}>
          {act.label}
        </button>
      )}
    </div>
  );
}
