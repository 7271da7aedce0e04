// What a person can do with messages, and how pages of them are read.
import { api, call } from "~/api/http.ts";
import type { Day, MessageQuery, MessageVersion } from "~/api/types.ts";
import { deliver, edited, letGo, outgoing } from "~/slots/outgoing.ts";
import { placeOf, type PageHow, type ReplyTo } from "~/stream/model.ts";
import { currentSender } from "~/stream/session.ts";
import { dispatch, getState } from "~/stream/store.ts";

const PAGE = 50;
const TRIM_AFTER = 500; // milliseconds
const reading = new Map<string, Promise<boolean>>();

// toEnd holds the end of the conversation, wherever the page was.
export async function toEnd(conversation: string): Promise<void> {
  if (getState().timelines[conversation]?.newer !== undefined) await read(conversation, "window");
}

// refresh reads what is shown of a conversation until nothing of it may have been missed: an answer may be outdated when it comes.
// That is what stands around a message, or the end; at first, where much is unread, it is where that begins.
export async function refresh(conversation: string, around?: string): Promise<void> {
  for (let well = true; well && getState().timelines[conversation]?.stale !== false; ) {
    well = await read(conversation, ...shownOf(conversation, around));
  }
}

function shownOf(conversation: string, around: string | undefined): [PageHow, MessageQuery?] {
  const { timelines, conversations, rows } = getState();
  const timeline = timelines[conversation];
  if (!timeline) return (conversations[conversation]?.unread ?? 0) < PAGE ? ["newest"] : ["window", { unread: true }];
  if (timeline.newer === undefined) return ["newest"];
  const ids = timeline.keys.flatMap((key) => rows[key]?.id || []);
  const near = around ?? ids[Math.floor(ids.length / 2)];
  return near === undefined ? ["newest"] : ["window", { around: near }];
}

export async function loadOlder(conversation: string): Promise<void> {
  const before = getState().timelines[conversation]?.next;
  if (before !== undefined && (await read(conversation, "older", { before }))) trimLater(conversation, "below");
}

export async function loadNewer(conversation: string): Promise<void> {
  const after = getState().timelines[conversation]?.newer;
  if (after !== undefined && (await read(conversation, "newer", { after }))) trimLater(conversation, "above");
}

// trimLater lets rows go once those that came are drawn: the list keeps its place over one change at a time.
function trimLater(conversation: string, side: "above" | "below"): void {
  setTimeout(() => dispatch({ type: "trim", conversation, side }), TRIM_AFTER);
}

// loadDay shows what was written from a day on; it answers the key of the first row.
export async function loadDay(conversation: string, day: string, zone: string): Promise<string | undefined> {
  if (!(await read(conversation, "window", { day, zone }))) return undefined;
  return getState().timelines[conversation]?.keys[0];
}

// read answers whether a page came: the one that is asked for here or, while
// one is being read already, that one. Another stretch waits for its turn.
async function read(conversation: string, how: PageHow, query: MessageQuery = {}): Promise<boolean> {
  const running = reading.get(conversation);
  if (running && how !== "window") return running;
  if (running) await running;
  const mine = Promise.resolve().then(() => fetchPage(conversation, how, query));
  reading.set(conversation, mine);
  return mine;
}

async function fetchPage(conversation: string, how: PageHow, query: MessageQuery): Promise<boolean> {
  dispatch({ type: "page-loading", conversation });
  try {
    const page = await call(
      api.GET("/api/v1/conversations/{conversation}/messages", { params: { path: { conversation }, query: { limit: PAGE, ...query } } }),
    );
    dispatch({ type: "page", conversation, page, how });
    return true;
  } catch {
    dispatch({ type: "page-failed", conversation });
    return false;
  } finally {
    reading.delete(conversation);
  }
}

// bringUp has a message among the rows and gives its key; undefined where it is not there.
export async function bringUp(conversation: string, message: string): Promise<string | undefined> {
  for (const query of [undefined, { around: message }]) {
    if (query && !(await read(conversation, "window", query))) return undefined;
    const { keyOf, timelines } = getState();
    const key = keyOf[message];
    if (key !== undefined && timelines[conversation]?.keys.includes(key)) return key;
  }
  return undefined;
}

// sendText sends exactly this text, as an answer to a message or to none, in the conversation or in the thread of a message.
export function sendText(conversation: string, text: string, reply?: ReplyTo, thread?: string): void {
  const place = placeOf({ conversation, thread });
  const message = outgoing({ conversation, thread, place }, text, reply);
  letGo(place);
  deliver(message);
}

// daysOf lists the days on which something was written.
export async function daysOf(conversation: string): Promise<readonly Day[]> {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const page = await call(api.GET("/api/v1/conversations/{conversation}/days", { params: { path: { conversation }, query: { zone } } }));
  return page.items;
}

// editText gives an own message another text; it throws an ApiError.
export async function editText(conversation: string, message: string, text: string): Promise<void> {
  const { keyOf, rows } = getState();
  const row = rows[keyOf[message] ?? ""];
  const extra = row ? edited(row, text) : {};
  await call(
    api.PUT("/api/v1/conversations/{conversation}/messages/{message}", { params: { path: { conversation, message } }, body: { ...extra, text } }),
  );
}

// editsOf reads the texts that a message had, oldest first.
export async function editsOf(conversation: string, message: string): Promise<readonly MessageVersion[]> {
  const page = await call(
    api.GET("/api/v1/conversations/{conversation}/messages/{message}/edits", { params: { path: { conversation, message } } }),
  );
  return page.items;
}

// retry sends a message again that the node refused or gave up.
export async function retry(key: string): Promise<void> {
  const row = getState().rows[key];
  if (!row) return;
  if (row.state === "refused") return currentSender()?.again(key);
  const { conversation, id: message } = row;
  dispatch({ type: "write-state", key, state: "sending" });
  try {
    await call(
      api.POST("/api/v1/conversations/{conversation}/messages/{message}/retry", {
        params: { path: { conversation, message } },
      }),
    );
  } catch {
    dispatch({ type: "retry-failed", key, reason: row.reason });
  }
}

export function discard(key: string): void {
  void currentSender()?.discard(key);
}
