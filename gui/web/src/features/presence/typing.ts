// Who writes now, conversation by conversation. Each entry is over after some
// seconds, or when a message of the person comes.
import { api, call } from "~/api/http.ts";
import { sliceState } from "~/stream/slices.ts";
import { changeSlice, readSlice } from "~/stream/store.ts";

export interface Writer {
  readonly account: string;
  readonly name: string;
  readonly for: number; // seconds
}

export type Writers = Readonly<Record<string, readonly Writer[]>>;

const none: readonly Writer[] = [];

export const typing = sliceState<Writers>({
  name: "typing",
  initial: {},
  frames: {
    typing: (part, { conversation, account, name, for: seconds }) => ({
      ...part,
      [conversation]: [...others(part, conversation, account), { account, name, for: seconds }],
    }),
    message: (part, { conversation, author }) => {
      if (!part[conversation]?.some((one) => one.account === author)) return part;
      return { ...part, [conversation]: others(part, conversation, author) };
    },
  },
});

function others(part: Writers, conversation: string, account: string): readonly Writer[] {
  return writersIn(part, conversation).filter((one) => one.account !== account);
}

export function writersIn(part: Writers, conversation: string): readonly Writer[] {
  return part[conversation] ?? none;
}

// over takes out what was not said again since.
export function over(part: Writers, conversation: string, writer: Writer): Writers {
  const list = writersIn(part, conversation);
  if (!list.includes(writer)) return part;
  const left = list.filter((one) => one !== writer);
  const { [conversation]: _gone, ...rest } = part;
  return left.length === 0 ? rest : { ...rest, [conversation]: left };
}

const timed = new WeakSet<Writer>();

// time has what is new be over by itself.
export function time(): void {
  for (const [conversation, list] of Object.entries(readSlice(typing))) {
    for (const writer of list) {
      if (timed.has(writer)) continue;
      timed.add(writer);
      setTimeout(() => changeSlice(typing, (part) => over(part, conversation, writer)), writer.for * 1000);
    }
  }
}

const EVERY = 3000; // milliseconds; the node passes nothing on more often
const told = new Map<string, number>();

// tellTyping says that this person writes, as often as that is of use.
export function tellTyping(conversation: string, now = Date.now()): void {
  if (now - (told.get(conversation) ?? -EVERY) < EVERY) return;
  told.set(conversation, now);
  void call(api.POST("/api/v1/conversations/{conversation}/typing", { params: { path: { conversation } } })).catch(() => undefined);
}
