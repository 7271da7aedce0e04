// The page's state and the hook that reads it. A component asks for the
// smallest thing it shows and is drawn again only when that thing changed.
import { useRef, useSyncExternalStore } from "react";
import { emptyState, type Action, type State } from "./model.ts";
import { reduce } from "./reducer.ts";

let state: State = emptyState;
const listeners = new Set<() => void>();

export function getState(): State {
  return state;
}

export function dispatch(action: Action): void {
  const next = reduce(state, action);
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// useStore gives select(state); lists and objects made by select are kept
// while their parts are the same.
export function useStore<Result>(select: (state: State) => Result): Result {
  const last = useRef<{ state: State; select: unknown; result: Result }>(undefined);
  const read = () => {
    const now = getState();
    const before = last.current;
    if (before && before.state === now && before.select === select) return before.result;
    const made = select(now);
    const result = before && sameParts(before.result, made) ? before.result : made;
    last.current = { state: now, select, result };
    return result;
  };
  return useSyncExternalStore(subscribe, read);
}

function sameParts(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
  return one.every((part, index) => Object.is(part, other[index]));
}
