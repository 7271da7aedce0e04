// What a person does with threads, and how pages of them are read.
import { navigate } from "wouter/use-browser-location";
import { asApiError } from "~/api/errors.ts";
import { api, call } from "~/api/http.ts";
import { askJump } from "~/stream/jump.ts";
import { placeOf, type PageHow } from "~/stream/model.ts";
import { changeSlice, dispatch, getState } from "~/stream/store.ts";
import { threads, withFollowed, withView } from "./views.ts";

const PAGE = 50;
const MOST_PAGES = 20; // that are read to find one message
const reading = new Map<string, Promise<boolean>>();

export interface Thread {
  readonly conversation: string;
  readonly thread: string;
}

const path = ({ conversation, thread: message }: Thread) => ({ params: { path: { conversation, message } } });

// refreshThread reads the end of a thread until nothing of it may have been missed. It answers false where that failed.
export async function refreshThread(thread: Thread): Promise<boolean> {
  while (getState().timelines[placeOf(thread)]?.stale !== false) {
    if (!(await read(thread, "newest"))) return false;
  }
  return true;
}

export async function loadOlder(thread: Thread): Promise<boolean> {
  const before = getState().timelines[placeOf(thread)]?.next;
  return before !== undefined && read(thread, "older", before);
}

function read(thread: Thread, how: PageHow, before?: string): Promise<boolean> {
  const place = placeOf(thread);
  const running = reading.get(place);
  if (running) return running;
  const mine = fetchPage(thread, place, how, before).finally(() => reading.delete(place));
  reading.set(place, mine);
  return mine;
}

async function fetchPage(thread: Thread, place: string, how: PageHow, before: string | undefined): Promise<boolean> {
  dispatch({ type: "page-loading", conversation: place });
  try {
    const { params } = path(thread);
    const { root, open, followed, items, next } = await call(
      api.GET("/api/v1/conversations/{conversation}/messages/{message}/thread", {
        params: { ...params, query: { limit: PAGE, ...(before === undefined ? {} : { before }) } },
      }),
    );
    if (how === "newest") changeSlice(threads, (part) => withView(part, thread.thread, { root, open, followed }));
    dispatch({ type: "page", conversation: place, page: { items, next }, how });
    return true;
  } catch {
    dispatch({ type: "page-failed", conversation: place });
    return false;
  }
}

// bringUp has a message among the rows of a thread and gives its key; undefined where it is not there.
export async function bringUp(thread: Thread, message: string): Promise<string | undefined> {
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const { keyOf, timelines } = getState();
    const key = keyOf[message];
    if (key !== undefined && timelines[placeOf(thread)]?.keys.includes(key)) return key;
    if (!(await loadOlder(thread))) return undefined;
  }
  return undefined;
}

// openThreadOf opens the thread in which a message is said, and brings it up there; false where it is in none.
export async function openThreadOf(conversation: string, message: string): Promise<boolean> {
  try {
    const { id } = await call(
      api.GET("/api/v1/conversations/{conversation}/messages/{message}/thread", { params: { path: { conversation, message }, query: { limit: 1 } } }),
    );
    if (id === message) return false;
    askJump(placeOf({ conversation, thread: id }), message);
    navigate(`/c/${conversation}?t=${id}`);
    return true;
  } catch {
    return false;
  }
}

// setFollowed follows a thread or ends that. The page shows it at once, and again as it was if the node refuses: then it throws.
export async function setFollowed(thread: Thread, on: boolean): Promise<void> {
  changeSlice(threads, (part) => withFollowed(part, thread.thread, on));
  try {
    const url = "/api/v1/conversations/{conversation}/messages/{message}/thread/follow";
    await call(on ? api.PUT(url, path(thread)) : api.DELETE(url, path(thread)));
  } catch (cause) {
    changeSlice(threads, (part) => withFollowed(part, thread.thread, !on));
    throw asApiError(cause);
  }
}

export async function markRead(thread: Thread, message: string): Promise<void> {
  await call(api.PUT("/api/v1/conversations/{conversation}/messages/{message}/thread/read", { ...path(thread), body: { message } }));
}

export const threadsPage = (before?: string) =>
  call(api.GET("/api/v1/threads", { params: { query: before === undefined ? {} : { before } } }));
