// A message may arrive when what stands behind it in the conversation is there already: its author's node was away. It takes its
// place at once, is marked, and is told of where nobody sees it.
import type { Message } from "~/api/types.ts";
import { placeOf, type Row, type State, type Timeline } from "./model.ts";

type Rows = Readonly<Record<string, Row>>;

// How much older than the newest one a message is, in milliseconds, that came late and not just at the same time.
const LATE = 2000;
const MOST = 1000; // ids that are kept

export function isBefore(one: { readonly place?: string }, other: Row | undefined): boolean {
  return one.place !== undefined && other?.place !== undefined && one.place < other.place;
}

function isBehind(row: Row, newest: Row): boolean {
  return isBefore(row, newest) && Date.parse(newest.sent_at) - Date.parse(row.sent_at) > LATE;
}

export function lastNamed(keys: readonly string[], rows: Rows): Row | undefined {
  for (let at = keys.length - 1; at >= 0; at--) {
    const row = rows[keys[at] ?? ""];
    if (row && row.id !== "") return row;
  }
  return undefined;
}

// insert puts a new row where it stands: behind what is before it, above what the node has not taken yet. It marks the row.
export function insert(timeline: Timeline, rows: Record<string, Row>, key: string, mine: string | undefined): Timeline {
  const row = rows[key];
  const { keys } = timeline;
  const newest = lastNamed(keys, rows);
  if (!row) return timeline;
  let at = keys.length;
  for (let above = rows[keys[at - 1] ?? ""]; above && (above.id === "" || isBefore(row, above)); above = rows[keys[at - 1] ?? ""]) at--;
  const late = newest !== undefined && row.author !== mine && row.kind === "text" && row.again !== true && isBehind(row, newest);
  if (late) rows[key] = { ...row, late };
  const grown = { ...timeline, total: timeline.total + 1, keys: [...keys.slice(0, at), key, ...keys.slice(at)] };
  return late ? noted(grown, row.id) : grown;
}

// passedAbove takes a message that stands above what is read: it comes with its page.
export function passedAbove(state: State, timeline: Timeline, message: Message): State {
  const grown = { ...timeline, total: timeline.total + 1 };
  const told = message.author !== state.me?.acct && message.kind === "text" ? noted(grown, message.id) : grown;
  return { ...state, timelines: { ...state.timelines, [placeOf(message)]: told } };
}

export function lateSeen(state: State, conversation: string, ids: readonly string[]): State {
  const timeline = state.timelines[conversation];
  if (!timeline?.late.some((id) => ids.includes(id))) return state;
  const late = timeline.late.filter((id) => !ids.includes(id));
  return { ...state, timelines: { ...state.timelines, [conversation]: { ...timeline, late } } };
}

function noted(timeline: Timeline, id: string): Timeline {
  return timeline.late.includes(id) ? timeline : { ...timeline, late: [...timeline.late, id].slice(-MOST) };
}
