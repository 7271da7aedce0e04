// What a person can do with messages, and how pages of them are read.
import { api, call } from "~/api/http.ts";
import type { Message, MessageVersion, SendExtra } from "~/api/types.ts";
import { slots } from "~/slots/slots.ts";
import type { ReplyTo } from "~/stream/model.ts";
import { currentSender } from "~/stream/session.ts";
import { dispatch, getState } from "~/stream/store.ts";

const PAGE = 50;
const reading = new Map<string, Promise<boolean>>();

// loadNewest reads the newest page until what is there is up to date: an
// answer may be outdated when it comes.
export async function loadNewest(conversation: string): Promise<void> {
  let well = true;
  while (well && getState().timelines[conversation]?.stale !== false) well = await read(conversation, undefined);
}

export async function loadOlder(conversation: string): Promise<void> {
  const before = getState().timelines[conversation]?.next;
  if (before !== undefined) await read(conversation, before);
}

// read answers whether a page came: the one that is asked for here or, while
// one is being read already, that one.
function read(conversation: string, before: string | undefined): Promise<boolean> {
  let running = reading.get(conversation);
  if (!running) {
    running = Promise.resolve().then(() => fetchPage(conversation, before));
    reading.set(conversation, running);
  }
  return running;
}

async function fetchPage(conversation: string, before: string | undefined): Promise<boolean> {
  dispatch({ type: "page-loading", conversation });
  try {
    const page = await call(
      api.GET("/api/v1/conversations/{conversation}/messages", {
        params: { path: { conversation }, query: { limit: PAGE, ...(before === undefined ? {} : { before }) } },
      }),
    );
    dispatch({ type: "page", conversation, page, before });
    return true;
  } catch {
    dispatch({ type: "page-failed", conversation });
    return false;
  } finally {
    reading.delete(conversation);
  }
}

// sendText sends exactly this text, as an answer to a message or to none.
export function sendText(conversation: string, text: string, reply?: ReplyTo): void {
  const taken = slots("sendParts").flatMap((part) => part.take(conversation, text) ?? []);
  const extra = {
    send: Object.assign({}, ...taken.map((one) => one.send)) as SendExtra,
    shown: Object.assign({}, ...taken.map((one) => one.row)) as Partial<Message>,
  };
  void currentSender()?.send(conversation, text, reply, taken.length > 0 ? extra : undefined);
}

// How far back a message is looked for, in pages.
const FAR = 40;

// bringUp reads older pages until a message is among those that are read, and
// gives its key; undefined where it is not found.
export async function bringUp(conversation: string, message: string): Promise<string | undefined> {
  for (let page = 0; page < FAR; page++) {
    const { keyOf, timelines } = getState();
    const key = keyOf[message];
    const timeline = timelines[conversation];
    if (key !== undefined && timeline?.keys.includes(key)) return key;
    if (timeline?.next === undefined || !(await read(conversation, timeline.next))) return undefined;
  }
  return undefined;
}

// editText gives an own message another text; it throws an ApiError.
export async function editText(conversation: string, message: string, text: string): Promise<void> {
  await call(
    api.PUT("/api/v1/conversations/{conversation}/messages/{message}", { params: { path: { conversation, message } }, body: { text } }),
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
