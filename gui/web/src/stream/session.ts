// The life of a signed-in page: read everything once, follow the stream, send
// what waits, and come back after sleep, a lost network or a restarted node.
import { asApiError } from "~/api/errors.ts";
import { api, call, watchCalls, type Full } from "~/api/http.ts";
import { forgetEmoji } from "~/kit/emojis/recent.ts";
import type { Frame } from "./model.ts";
import { Outbox } from "./outbox.ts";
import { memoryShelf, Sender, type Shelf } from "./sender.ts";
import { clearBrowser } from "./leaving.ts";
import { LiveSocket } from "./socket.ts";
import { loadParts } from "./slices.ts";
import { forgetAnswered } from "./answering.ts";
import { forgetWritten } from "./writing.ts";
import { changeSlice, dispatch, getState } from "./store.ts";

let socket: LiveSocket | undefined;
let sender: Sender | undefined;
let reading: Promise<void> | undefined;
let changes = 0; // of the lists, as far as an answer on its way may not know them
let lastHeard = 0;
let partsRead = false; // the state of features, since this account went live

// A socket that was silent longer than the node's ping interval is asked
// about when the person comes back to the page.
const SILENCE = 35_000;

const OF_LISTS: ReadonlySet<string> = new Set(["conversation", "contact", "contact.deleted", "me"]);
const READINGS = 5;

// begin reads the account and goes live. It answers whether somebody is
// signed in; it throws when the node does not answer.
export async function begin(): Promise<boolean> {
  watchCalls((answering, full) => {
    dispatch({ type: "answering", answering });
    if (full !== undefined) noteFull(full || undefined);
  });
  try {
    await readAll();
  } catch (cause) {
    const error = asApiError(cause);
    if (error.code === "vault_locked") dispatch({ type: "signed-out", why: "locked" });
    else if (error.status !== 401 && error.status !== 403) throw error;
    else if (getState().signedOut === undefined) dispatch({ type: "signed-out", why: "never" });
    return false;
  }
  await goLive();
  return true;
}

const FULL_FOR = 90_000; // a node that still is full says so again by then

let emptied: ReturnType<typeof setTimeout> | undefined;

// noteFull keeps why the node keeps nothing new until it does again, or has not refused anything for a while.
function noteFull(full: Full | undefined): void {
  clearTimeout(emptied);
  if (full) emptied = setTimeout(() => dispatch({ type: "full", full: undefined }), FULL_FOR);
  dispatch({ type: "full", full });
}

export function currentSender(): Sender | undefined {
  return sender;
}

async function goLive(): Promise<void> {
  partsRead = false;
  socket?.stop();
  await sender?.stop(false);
  sender = new Sender(await openShelf(getState().me?.acct ?? ""), () => end("revoked"));
  socket = new LiveSocket({
    frame: onFrame,
    open(first) {
      lastHeard = Date.now();
      dispatch({ type: "link", link: "open" });
      dispatch({ type: "answering", answering: true });
      if (first) {
        dispatch({ type: "missed" }); // what was read so far may be older than the stream
        void refresh();
        readParts();
      }
      sender?.flush();
    },
    lost() {
      if (!partsRead) readParts(); // there is no stream that what is read now could be older than
      dispatch({ type: "link", link: "lost" });
      void checkSession();
    },
    revoked: () => end("revoked"),
  });
  socket.start();
  listen();
  await sender.restore();
}

// end leaves the page signed out. Only a person's own leaving forgets what
// still waits in the browser.
export function end(why: "left" | "revoked"): void {
  socket?.stop();
  const stopped = sender?.stop(why === "left") ?? Promise.resolve();
  if (why === "left") void stopped.catch(() => undefined).then(clearBrowser);
  socket = undefined;
  sender = undefined;
  forgetWritten();
  if (why === "left") forgetEmoji();
  forgetAnswered();
  dispatch({ type: "signed-out", why });
}

async function openShelf(acct: string): Promise<Shelf> {
  try {
    return await Outbox.open(acct);
  } catch {
    return memoryShelf();
  }
}

function onFrame(frame: Frame): void {
  lastHeard = Date.now();
  if (OF_LISTS.has(frame.type)) changes++;
  dispatch({ type: "frame", frame });
  if (frame.type === "resync") {
    void refresh();
    readParts();
  }
}

// A socket is refused without a reason; the plain API knows it.
async function checkSession(): Promise<void> {
  try {
    await call(api.GET("/api/v1/me"));
  } catch (cause) {
    if (asApiError(cause).status === 401) end("revoked");
  }
}

// readParts reads the state of features: once when the stream is there, and when frames of it were missed.
function readParts(): void {
  partsRead = true;
  void loadParts(changeSlice);
}

async function refresh(): Promise<void> {
  changes++;
  try {
    await readAll();
  } catch (cause) {
    if (asApiError(cause).status === 401) end("revoked");
  }
}

function readAll(): Promise<void> {
  reading ??= readUpToDate().finally(() => (reading = undefined));
  return reading;
}

// readUpToDate reads again while frames were faster than the answers.
async function readUpToDate(): Promise<void> {
  for (let tries = 0, known = -1; tries < READINGS && known !== changes; tries++) {
    known = changes;
    await readSnapshot();
  }
}

async function readSnapshot(): Promise<void> {
  const me = await call(api.GET("/api/v1/me"));
  const [contacts, conversations] = await Promise.all([
    call(api.GET("/api/v1/contacts")),
    call(api.GET("/api/v1/conversations")),
  ]);
  dispatch({ type: "snapshot", me, contacts: contacts.items, conversations: conversations.items });
}

let listening = false;

function listen(): void {
  if (listening) return;
  listening = true;
  const back = () => {
    if (document.visibilityState === "hidden") return;
    socket?.hurry();
    sender?.flush();
    if (getState().link === "open" && Date.now() - lastHeard > SILENCE) void ask();
  };
  window.addEventListener("online", back);
  window.addEventListener("focus", back);
  document.addEventListener("visibilitychange", back);
}

async function ask(): Promise<void> {
  try {
    await fetch("/livez", { signal: AbortSignal.timeout(3000), cache: "no-store" });
    lastHeard = Date.now();
  } catch {
    socket?.distrust();
  }
}
