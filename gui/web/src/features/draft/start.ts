// Connects the keeper of drafts with the composers, the state of the page and the node.
import { api, call } from "~/api/http.ts";
import { answeredIn, onAnswered, setAnswered } from "~/stream/answering.ts";
import { changeSlice, getState, readSlice, subscribe } from "~/stream/store.ts";
import { onWritten, setWritten, writtenIn } from "~/stream/writing.ts";
import { Keeper } from "./keeper.ts";
import { drafts, heard, withClash } from "./state.ts";

let keeper: Keeper | undefined;

// startKeeping begins with the signed-in page, and answers how to stop.
export function startKeeping(): () => void {
  const mine = new Keeper({
    client: crypto.randomUUID(),
    save(place, written, leaving) {
      const [conversation = place, thread] = place.split("/");
      const body = thread === undefined ? written : { ...written, thread };
      return call(api.PUT("/api/v1/conversations/{conversation}/draft", { params: { path: { conversation } }, body, keepalive: leaving }));
    },
    read: (conversation) => ({ text: writtenIn(conversation), reply: answeredIn(conversation) }),
    show(conversation, { text, reply }) {
      setWritten(conversation, text);
      setAnswered(conversation, reply);
    },
    heard: (draft) => changeSlice(drafts, (part) => heard(part, draft)),
    clash: (conversation, other) => changeSlice(drafts, (part) => withClash(part, conversation, other)),
  });
  keeper = mine;
  const here = (conversation: string) => {
    // Who leaves takes the texts out of the page, not off the node.
    queueMicrotask(() => getState().me && mine.written(conversation));
  };
  let there = getState().link === "open";
  const changed = () => {
    const state = getState();
    if (!state.me) return;
    mine.known(readSlice(drafts));
    const now = state.link === "open" && state.answering;
    if (now && !there) mine.hurry(false);
    there = now;
  };
  const leave = () => {
    if (document.visibilityState === "hidden" && getState().me) mine.hurry(true);
  };
  const ends = [onWritten(here), onAnswered(here), subscribe(changed)];
  document.addEventListener("visibilitychange", leave);
  changed();
  return () => {
    for (const end of ends) end();
    document.removeEventListener("visibilitychange", leave);
    mine.stop();
    keeper = undefined;
  };
}

// takeOther puts the text from elsewhere in the composer.
export function takeOther(conversation: string): void {
  const other = readSlice(drafts).clashes[conversation];
  if (other) keeper?.take(other);
}

export function keepOwn(conversation: string): void {
  changeSlice(drafts, (part) => withClash(part, conversation, undefined));
}
