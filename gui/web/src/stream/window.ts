// The page holds a stretch of a conversation, never all of it: what is far from where somebody reads is let go, at the edge of
// a page, and read again when it is wanted.
import type { Edge, Page, State, Timeline } from "./model.ts";

// How many rows are held at most, and how many are left when that is passed.
export const MOST_ROWS = 600;
const KEPT_ROWS = 450;

export function edgesOf(page: Page, paged: readonly string[]): Record<string, Edge> {
  const edges: Record<string, Edge> = {};
  const [first, last] = [paged[0], paged.at(-1)];
  if (first !== undefined && page.next !== undefined) edges[first] = { older: page.next };
  if (last !== undefined && page.newer !== undefined) edges[last] = { ...edges[last], newer: page.newer };
  return edges;
}

// trim lets rows go on one side, when there are too many. What the node has not taken yet goes with the end of the
// conversation, and comes back with it.
export function trim(state: State, conversation: string, side: "above" | "below"): State {
  const timeline = state.timelines[conversation];
  if (!timeline || timeline.keys.length <= MOST_ROWS || timeline.asked) return state;
  const cut = side === "above" ? above(timeline) : below(timeline);
  if (!cut) return state;
  const kept = new Set(cut.keys);
  const rows = { ...state.rows };
  const keyOf = { ...state.keyOf };
  for (const key of timeline.keys) {
    const row = rows[key];
    if (kept.has(key) || !row || row.id === "") continue;
    delete rows[key];
    delete keyOf[row.id];
  }
  const edges = Object.fromEntries(Object.entries(timeline.edges).filter(([key]) => kept.has(key)));
  return { ...state, rows, keyOf, timelines: { ...state.timelines, [conversation]: { ...timeline, ...cut, edges } } };
}

function below({ keys, edges }: Timeline): Pick<Timeline, "keys" | "newer"> | undefined {
  const last = keys.findLastIndex((key, index) => index < KEPT_ROWS && edges[key]?.newer !== undefined);
  const newer = edges[keys[last] ?? ""]?.newer;
  return newer === undefined ? undefined : { keys: keys.slice(0, last + 1), newer };
}

function above({ keys, edges }: Timeline): Pick<Timeline, "keys" | "next"> | undefined {
  const first = keys.findIndex((key, index) => index >= keys.length - KEPT_ROWS && edges[key]?.older !== undefined);
  const next = edges[keys[first] ?? ""]?.older;
  return next === undefined ? undefined : { keys: keys.slice(first), next };
}
