// A message goes from the page, because the account deleted it for itself, and comes back to its place when that is undone.
import { placeOf, type Row, type State } from "./model.ts";

export function takeAway(state: State, id: string): State {
  const key = state.keyOf[id];
  const row = key === undefined ? undefined : state.rows[key];
  const timeline = row && state.timelines[placeOf(row)];
  if (key === undefined || !row || !timeline) return state;
  const rows = { ...state.rows };
  const keyOf = { ...state.keyOf };
  delete rows[key];
  delete keyOf[id];
  const keys = timeline.keys.filter((one) => one !== key);
  return { ...state, rows, keyOf, timelines: { ...state.timelines, [placeOf(row)]: { ...timeline, keys } } };
}

// bringBack puts a row behind the one that it followed.
export function bringBack(state: State, row: Row, behind: string | undefined): State {
  const timeline = state.timelines[placeOf(row)];
  if (!timeline || state.keyOf[row.id] !== undefined) return state;
  const at = behind === undefined ? 0 : timeline.keys.indexOf(behind) + 1;
  if (behind !== undefined && at === 0) return outdated(state, placeOf(row));
  const keys = [...timeline.keys.slice(0, at), row.key, ...timeline.keys.slice(at)];
  return {
    ...state,
    rows: { ...state.rows, [row.key]: row },
    keyOf: { ...state.keyOf, [row.id]: row.key },
    timelines: { ...state.timelines, [placeOf(row)]: { ...timeline, keys } },
  };
}

// restored takes a message that the node shows again: a page that has it already needs nothing.
export function restored(state: State, conversation: string, id: string): State {
  return state.keyOf[id] === undefined ? outdated(state, conversation) : state;
}

function outdated(state: State, conversation: string): State {
  const timeline = state.timelines[conversation];
  if (!timeline) return state;
  return { ...state, timelines: { ...state.timelines, [conversation]: { ...timeline, stale: true, gaps: timeline.gaps + 1 } } };
}
