// Keeps what is written in the composers on the node, and shows what the account's other clients write. Texts lie in memory
// here and with the node, nowhere else.
import { asApiError } from "~/api/errors.ts";
import type { Draft, DraftSaved } from "~/api/types.ts";
import { placeOf, type ReplyTo } from "~/stream/model.ts";
import { ended, type Drafts } from "./state.ts";

export interface Content {
  readonly text: string;
  readonly reply: ReplyTo | undefined;
}

export interface Write {
  readonly text: string;
  readonly reply_to?: string;
  readonly client: string;
  readonly revision: number;
}

export interface Wires {
  readonly client: string; // names this page
  save(conversation: string, body: Write, leaving: boolean): Promise<DraftSaved>;
  read(conversation: string): Content; // what the composer holds
  show(conversation: string, content: Content): void; // puts it there
  heard(draft: Draft): void; // what an answer says
  clash(conversation: string, other: Draft | undefined): void;
}

interface Entry {
  held: { text: string; reply: string | undefined }; // what the node has
  revision: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  since: number | undefined; // the first change that is not saved
  last: number; // when it was saved last
  busy: boolean;
  failures: number;
  gone: string | undefined; // a message that cannot be answered any more
}

const PAUSE = 300; // behind the last key
const EVERY = 1000; // while keys go on
const LONGEST_WAIT = 30_000;
const MOST = 60_000; // bytes, as the node takes them

export class Keeper {
  readonly #wires: Wires;
  readonly #entries = new Map<string, Entry>();
  #part: Drafts | undefined;

  constructor(wires: Wires) {
    this.#wires = wires;
  }

  // written is called when a composer changed.
  written(conversation: string): void {
    const entry = this.#entry(conversation);
    if (entry.busy) return; // it is looked at again when the answer is there
    if (this.#clean(conversation, entry)) return this.#rest(entry);
    this.#plan(conversation, entry);
  }

  // known takes what the node has of all drafts.
  known(part: Drafts): void {
    if (part === this.#part) return;
    this.#part = part;
    for (const draft of Object.values(part.known)) this.#heard(placeOf(draft), draft.revision, draft);
    for (const conversation of this.#entries.keys()) {
      if (!part.known[conversation]) this.#heard(conversation, part.floor, undefined);
    }
  }

  // take shows the text from elsewhere in place of the own one.
  take(draft: Draft): void {
    this.#wires.clash(placeOf(draft), undefined);
    this.#wires.show(placeOf(draft), shown(draft));
  }

  // hurry saves everything at once: the page is being left, or the node is there again.
  hurry(leaving: boolean): void {
    for (const [conversation, entry] of this.#entries) {
      if (entry.busy || this.#clean(conversation, entry)) continue;
      clearTimeout(entry.timer);
      void this.#save(conversation, entry, leaving);
    }
  }

  // stop forgets everything; nothing is saved any more.
  stop(): void {
    for (const entry of this.#entries.values()) this.#rest(entry);
    this.#entries.clear();
    this.#part = undefined;
  }

  #entry(conversation: string, revision = this.#part?.floor ?? 0): Entry {
    let entry = this.#entries.get(conversation);
    if (!entry) {
      entry = { held: { text: "", reply: undefined }, revision, timer: undefined, since: undefined, last: -Infinity, busy: false, failures: 0, gone: undefined };
      this.#entries.set(conversation, entry);
    }
    return entry;
  }

  #local(conversation: string, entry: Entry): { text: string; reply: string | undefined } {
    const { text, reply } = this.#wires.read(conversation);
    return { text, reply: reply?.id === entry.gone ? undefined : reply?.id };
  }

  #clean(conversation: string, entry: Entry): boolean {
    return same(this.#local(conversation, entry), entry.held);
  }

  #rest(entry: Entry): void {
    clearTimeout(entry.timer);
    entry.timer = entry.since = undefined;
  }

  #plan(conversation: string, entry: Entry, wait?: number): void {
    const now = Date.now();
    const { text, reply } = this.#local(conversation, entry);
    entry.since ??= now;
    const soon = Math.max(Math.min(now + PAUSE, entry.since + EVERY), entry.last + EVERY);
    const at = wait !== undefined ? now + wait : text === "" && reply === undefined ? now : soon;
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => void this.#save(conversation, entry, false), at - now);
  }

  async #save(conversation: string, entry: Entry, leaving: boolean): Promise<void> {
    const content = this.#local(conversation, entry);
    this.#rest(entry);
    if (new TextEncoder().encode(content.text).length > MOST) return;
    entry.busy = true;
    entry.last = Date.now();
    let wait: number | undefined;
    try {
      const body = { text: content.text, ...(content.reply ? { reply_to: content.reply } : {}), client: this.#wires.client, revision: entry.revision };
      const { taken, draft } = await this.#wires.save(conversation, body, leaving);
      entry.failures = 0;
      if (taken && draft.revision >= entry.revision) {
        entry.held = content;
        entry.revision = draft.revision;
      }
      this.#wires.heard(draft);
      if (!taken) this.#heard(conversation, draft.revision, draft);
    } catch (cause) {
      wait = this.#failed(entry, content, cause);
    } finally {
      entry.busy = false;
    }
    if (this.#entries.get(conversation) === entry && !this.#clean(conversation, entry)) this.#plan(conversation, entry, wait);
  }

  // failed tells how long to wait before it is tried again.
  #failed(entry: Entry, content: { text: string; reply: string | undefined }, cause: unknown): number | undefined {
    const error = asApiError(cause);
    if (error.temporary) return error.retryAfter ? error.retryAfter * 1000 : Math.min(LONGEST_WAIT, EVERY * 2 ** entry.failures++);
    if (error.status === 404 && content.reply !== undefined) entry.gone = content.reply;
    else entry.held = content; // it is kept here only, until it changes
    return undefined;
  }

  // heard takes what the node has now; what is written here and not saved yet is not touched.
  #heard(conversation: string, revision: number, draft: Draft | undefined): void {
    const entry = this.#entry(conversation, 0);
    if (revision <= entry.revision) return;
    entry.revision = revision;
    if (draft?.client === this.#wires.client) return;
    const untouched = !entry.busy && this.#clean(conversation, entry);
    const next = draft ? shown(draft) : { text: "", reply: undefined };
    entry.held = { text: next.text, reply: next.reply?.id };
    if (untouched) {
      this.#wires.clash(conversation, undefined);
      this.#wires.show(conversation, next);
    } else if (this.#clean(conversation, entry)) this.#rest(entry);
    else {
      if (draft && !ended(draft)) this.#wires.clash(conversation, draft);
      if (!entry.busy) this.#plan(conversation, entry);
    }
  }
}

function shown(draft: Draft): Content {
  return { text: draft.text, reply: draft.reply_to };
}

function same(one: { text: string; reply: string | undefined }, other: { text: string; reply: string | undefined }): boolean {
  return one.text === other.text && one.reply === other.reply;
}
