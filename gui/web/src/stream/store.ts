// The page's state and the hook that reads it. A component asks for the
// smallest thing it shows and is drawn again only when that thing changed.
import { useRef, useSyncExternalStore } from "react";
import { emptyState, type Action, type State } from "./model.ts";
import { reduce } from "./reducer.ts";
import { partOf, type SliceState } from "./slices.ts";

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

// changeSlice changes the state of a feature.
export function changeSlice<Part>(slice: SliceState<Part>, change: (part: Part) => Part): void {
  dispatch({ type: "slice", slice: slice as unknown as SliceState<unknown>, change: change as (part: unknown) => unknown });
}

export function readSlice<Part>(slice: SliceState<Part>): Part {
  return partOf(state, slice);
}

// useSlice is useStore of a feature's state.
export function useSlice<Part, Result>(slice: SliceState<Part>, select: (part: Part) => Result): Result {
  return useStore((now) => select(partOf(now, slice)));
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
