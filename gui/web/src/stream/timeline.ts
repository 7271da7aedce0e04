// How messages enter a timeline: pages read from the node, live frames, and
// what this page wrote itself before the node named it.
import type { Message } from "~/api/types.ts";
import { insert, isBefore, lastNamed, passedAbove } from "./late.ts";
import { placeOf, type Action, type Page, type PageHow, type Row, type State, type Timeline } from "./model.ts";
import { edgesOf } from "./window.ts";

const fresh: Timeline = {
  keys: [],
  next: undefined,
  newer: undefined,
  edges: {},
  total: 0,
  passed: 0,
  late: [],
  status: "ready",
  stale: true,
  gaps: 0,
  asked: undefined,
};

// ask notes that a page is being read.
export function ask(state: State, conversation: string): State {
  const timeline = state.timelines[conversation] ?? fresh;
  return put(state, conversation, { ...timeline, status: "loading", asked: { gaps: timeline.gaps, passed: timeline.passed, rows: state.rows } });
}

export function fail(state: State, conversation: string): State {
  return put(state, conversation, { ...(state.timelines[conversation] ?? fresh), status: "error", asked: undefined });
}

// missed notes that messages may have come of which this page was not told;
// an answer that is on its way may lack them too.
export function missed(state: State): State {
  const timelines = Object.entries(state.timelines).map(
    ([conversation, timeline]) => [conversation, { ...timeline, stale: true, gaps: timeline.gaps + 1 }] as const,
  );
  return { ...state, timelines: Object.fromEntries(timelines) };
}

// addMessages takes a page, or a single message of the stream.
export function addMessages(state: State, conversation: string, page: Page, how: PageHow | "live"): State {
  const known = state.timelines[conversation];
  if (how === "live" && !known) return state; // not open: the list's own frame says enough
  if (how === "live" && known) {
    const [message] = page.items;
    if (message && elsewhere(state, known, message)) return state;
    if (message && above(state, known, message)) return message.again === true ? state : passedAbove(state, known, message);
  }
  if (how === "live" && known && page.items.some((message) => below(state, known, message))) {
    return put(state, conversation, { ...known, passed: known.passed + 1, total: known.total + 1 });
  }
  const timeline = known ?? fresh;
  const rows = { ...state.rows };
  const keyOf = { ...state.keyOf };
  const added: string[] = [];
  for (const message of page.items) {
    const key = keyOf[message.id] ?? ownUnnamed({ ...state, rows, keyOf }, timeline, message) ?? message.id;
    if (!timeline.keys.includes(key)) added.push(key);
    keyOf[message.id] = key;
    const changed = timeline.asked !== undefined && rows[key]?.id && rows[key] !== timeline.asked.rows[key];
    if (how === "live") rows[key] = { ...message, key, ...kept(rows[key]) };
    else if (!changed) rows[key] = { ...message, key, ...(rows[key]?.late || timeline.late.includes(message.id) ? { late: true } : {}) }; // else the stream was faster than the answer
  }
  const next = { ...state, rows, keyOf };
  if (how === "live") {
    return put(next, conversation, added.reduce((grown, key) => insert(grown, rows, key, state.me?.acct), timeline));
  }
  const paged = page.items.map((message) => keyOf[message.id] ?? message.id);
  const read: Timeline = { ...timeline, total: page.total ?? timeline.total, status: "ready", asked: undefined };
  switch (how) {
    case "older":
      return put(next, conversation, {
        ...read,
        keys: [...added, ...timeline.keys],
        edges: { ...timeline.edges, ...edgesOf(page, paged) },
        next: page.next,
      });
    case "newer": {
      const missed = page.newer === undefined && timeline.asked !== undefined && timeline.asked.passed !== timeline.passed;
      return put(next, conversation, {
        ...read,
        keys: settle([...timeline.keys, ...added], rows),
        edges: { ...timeline.edges, ...edgesOf(page, paged) },
        newer: page.newer,
        stale: timeline.stale || missed,
      });
    }
    case "window": {
      const local = page.newer === undefined ? timeline.keys.filter((key) => !rows[key]?.id) : [];
      return put(next, conversation, {
        ...read,
        keys: [...paged, ...local],
        edges: edgesOf(page, paged),
        next: page.next,
        newer: page.newer,
        stale: timeline.asked !== undefined && timeline.asked.gaps !== timeline.gaps,
      });
    }
    case "newest":
      return put(next, conversation, newest(read, timeline, page, next));
  }
}

// below tells of a new message that comes after what is not read yet.
function below(state: State, timeline: Timeline, message: Message): boolean {
  return timeline.newer !== undefined && state.keyOf[message.id] === undefined && !isBefore(message, lastNamed(timeline.keys, state.rows));
}

// elsewhere tells of a message that is shown otherwise now and is not read yet.
function elsewhere(state: State, timeline: Timeline, message: Message): boolean {
  const part = timeline.next !== undefined || timeline.newer !== undefined;
  return message.again === true && part && state.keyOf[message.id] === undefined;
}

function kept(row: Row | undefined): { ordinal?: number; late?: boolean } {
  return { ...(row?.ordinal === undefined ? {} : { ordinal: row.ordinal }), ...(row?.late ? { late: true } : {}) };
}

// above tells of a message among those that are not read yet: it comes with
// its page.
function above(state: State, timeline: Timeline, message: Message): boolean {
  if (timeline.next === undefined || state.keyOf[message.id] !== undefined) return false;
  const oldest = timeline.keys.map((key) => state.rows[key]).find((row) => row !== undefined && row.id !== "");
  if (oldest === undefined) return false;
  return message.place === undefined || oldest.place === undefined ? message.sent_at < oldest.sent_at : message.place < oldest.place;
}

// newest joins the newest page to what is there: when they overlap, older rows
// stay; when they do not, what lies between is unknown and the page starts over.
// What came or was named while the page was on its way stays below it.
function newest(read: Timeline, timeline: Timeline, page: Page, state: State): Timeline {
  const paged = page.items.map((message) => state.keyOf[message.id] ?? message.id);
  const local = timeline.keys.filter((key) => !state.rows[key]?.id && !paged.includes(key));
  const overlap = timeline.newer === undefined ? timeline.keys.findIndex((key) => paged.includes(key)) : -1;
  const asked = timeline.asked;
  const since = timeline.keys.filter((key) => asked && state.rows[key]?.id && !asked.rows[key]?.id && !paged.includes(key));
  const isOlder = (key: string) => state.rows[key]?.id && !since.includes(key);
  const older = overlap > 0 ? timeline.keys.slice(0, overlap).filter(isOlder) : [];
  return {
    ...read,
    keys: [...older, ...paged, ...since, ...local],
    next: older.length > 0 ? timeline.next : page.next,
    newer: undefined,
    edges: older.length > 0 ? { ...timeline.edges, ...edgesOf(page, paged) } : edgesOf(page, paged),
    stale: asked !== undefined && asked.gaps !== timeline.gaps,
  };
}

// ownUnnamed finds the row of a message that came over the stream before the
// answer to the call that sent it.
function ownUnnamed(state: State, timeline: Timeline, message: Message): string | undefined {
  if (message.author !== state.me?.acct) return undefined;
  return timeline.keys.find((key) => {
    const row = state.rows[key];
    return row !== undefined && row.id === "" && row.state === "sending" && row.text === message.text && row.reply_to?.id === message.reply_to?.id;
  });
}

// settle keeps what the node has not taken yet below everything it has.
function settle(keys: readonly string[], rows: Readonly<Record<string, Row>>): string[] {
  const waits = (key: string) => rows[key]?.id === "";
  return [...keys.filter((key) => !waits(key)), ...keys.filter(waits)];
}

export function write(state: State, action: Extract<Action, { type: "write" }>): State {
  if (state.rows[action.key]) return state;
  const row: Row = {
    ...action.shown,
    key: action.key,
    id: "",
    conversation: action.conversation,
    author: action.author,
    text: action.text,
    sent_at: action.at,
    state: "queued",
    kind: "text",
    ...(action.reply_to === undefined ? {} : { reply_to: action.reply_to }),
  };
  const next = { ...state, rows: { ...state.rows, [action.key]: row } };
  const timeline = state.timelines[placeOf(row)] ?? fresh;
  return put(next, placeOf(row), { ...timeline, keys: [...timeline.keys, action.key] });
}

// accept gives a row the name that the node chose. The stream may have been
// faster: then the message stands in a row of its own, which goes, or this row
// was taken for another message with the same text, which gets its own.
export function accept(state: State, key: string, id: string): State {
  const row = state.rows[key];
  const other = state.keyOf[id];
  if (!row || other === key) return state;
  const timeline = state.timelines[placeOf(row)] ?? fresh;
  const known = other === undefined ? undefined : state.rows[other];
  const rows = { ...state.rows, [key]: known ? { ...known, key } : named(row, id) };
  const keyOf = { ...state.keyOf, [id]: key };
  let keys = timeline.keys.filter((one) => one !== other);
  if (other !== undefined) delete rows[other];
  if (row.id !== "") {
    rows[row.id] = { ...row, key: row.id };
    keyOf[row.id] = row.id;
    keys = keys.flatMap((one) => (one === key ? [row.id, key] : [one]));
  }
  return put({ ...state, rows, keyOf }, placeOf(row), { ...timeline, keys: settle(keys, rows) });
}

function named(row: Row, id: string): Row {
  const { reason: _reason, read_at: _read, ...rest } = row;
  return { ...rest, id, state: "sending" };
}

export function discard(state: State, key: string): State {
  const row = state.rows[key];
  const timeline = row && state.timelines[placeOf(row)];
  if (!row || !timeline) return state;
  const rows = { ...state.rows };
  delete rows[key];
  return put({ ...state, rows }, placeOf(row), {
    ...timeline,
    keys: timeline.keys.filter((one) => one !== key),
  });
}

export function patchMessage(
  state: State,
  id: string,
  change: { state: Message["state"]; reason?: string | undefined; read_at?: string | undefined },
): State {
  const key = state.keyOf[id];
  return key === undefined ? state : patchRow(state, key, change);
}

export function patchRow(
  state: State,
  key: string,
  change: { state: Row["state"]; reason?: string | undefined; read_at?: string | undefined },
): State {
  const row = state.rows[key];
  if (!row) return state;
  const { reason: _old, ...rest } = row;
  const next: Row = {
    ...rest,
    state: change.state,
    ...(change.reason === undefined ? {} : { reason: change.reason }),
    ...(change.read_at === undefined ? {} : { read_at: change.read_at }),
  };
  return { ...state, rows: { ...state.rows, [key]: next } };
}

function put(state: State, conversation: string, timeline: Timeline): State {
  return { ...state, timelines: { ...state.timelines, [conversation]: timeline } };
}
