// Brings written messages to the node: in order within a conversation, each
// under its own idempotency key, again and again until the node takes or
// refuses it. A refused message never holds back the next one.
import { asApiError } from "~/api/errors.ts";
import { api, call } from "~/api/http.ts";
import type { ReplyTo } from "./model.ts";
import type { Waiting } from "./outbox.ts";
import { dispatch, getState } from "./store.ts";

export interface Shelf {
  put(item: Waiting): Promise<void>;
  remove(key: string): Promise<void>;
  all(): Promise<Waiting[]>;
  forget(): Promise<void>;
}

// memoryShelf stands in where the browser offers no storage.
export function memoryShelf(): Shelf {
  const items = new Map<string, Waiting>();
  return {
    put: async (item) => void items.set(item.key, item),
    remove: async (key) => void items.delete(key),
    all: async () => [...items.values()],
    forget: async () => items.clear(),
  };
}

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;

// Extra is what a message is sent with besides its text, and what shows of that.
export type Extra = Pick<Waiting, "send" | "shown">;

export class Sender {
  #shelf: Shelf;
  #revoked: () => void;
  #queues = new Map<string, Waiting[]>();
  #busy = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #extras = new Map<string, Extra>(); // of refused messages
  #failures = 0;
  #stopped = false;

  constructor(shelf: Shelf, revoked: () => void) {
    this.#shelf = shelf;
    this.#revoked = revoked;
  }

  // restore shows and sends what an earlier page left behind.
  async restore(): Promise<void> {
    const author = getState().me?.acct;
    if (author === undefined) return;
    for (const item of await this.#shelf.all()) {
      dispatch({ type: "write", author, ...item });
      this.#enqueue(item);
    }
    this.flush();
  }

  async send(conversation: string, text: string, reply?: ReplyTo, extra?: Extra): Promise<void> {
    const author = getState().me?.acct;
    if (author === undefined) return;
    const at = new Date().toISOString();
    const item: Waiting = { key: crypto.randomUUID(), conversation, text, at, attempt: 1, ...answering(reply), ...extra };
    dispatch({ type: "write", author, ...item });
    await this.#accept(item);
  }

  // again sends a refused message once more, as a new attempt.
  async again(key: string): Promise<void> {
    const row = getState().rows[key];
    if (!row || row.state !== "refused") return;
    dispatch({ type: "write-state", key, state: "queued" });
    const { conversation, text, sent_at: at, reply_to } = row;
    await this.#accept({ key, conversation, text, at, attempt: Date.now(), ...answering(reply_to), ...this.#extras.get(key) });
  }

  async discard(key: string): Promise<void> {
    for (const queue of this.#queues.values()) {
      const index = queue.findIndex((item) => item.key === key);
      if (index >= 0) queue.splice(index, 1);
    }
    this.#extras.delete(key);
    dispatch({ type: "discard", key });
    await this.#shelf.remove(key);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const conversation of this.#queues.keys()) void this.#drain(conversation);
  }

  // stop ends all tries; with forget also what is kept in the browser.
  async stop(forget: boolean): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    if (forget) await this.#shelf.forget();
  }

  async #accept(item: Waiting): Promise<void> {
    this.#enqueue(item);
    await this.#shelf.put(item).catch(() => undefined); // without storage it still waits in memory
    void this.#drain(item.conversation);
  }

  #enqueue(item: Waiting): void {
    const queue = this.#queues.get(item.conversation) ?? [];
    if (!queue.some((other) => other.key === item.key)) queue.push(item);
    this.#queues.set(item.conversation, queue);
  }

  async #drain(conversation: string): Promise<void> {
    if (this.#busy.has(conversation)) return;
    this.#busy.add(conversation);
    try {
      for (;;) {
        const item = this.#queues.get(conversation)?.[0];
        if (!item || this.#stopped || !(await this.#deliver(item))) return;
        const queue = this.#queues.get(conversation);
        if (queue?.[0]?.key === item.key) queue.shift();
      }
    } finally {
      this.#busy.delete(conversation);
    }
  }

  // deliver answers whether the item is done with.
  async #deliver(item: Waiting): Promise<boolean> {
    dispatch({ type: "write-state", key: item.key, state: "sending" });
    try {
      const { id } = await call(
        api.POST("/api/v1/conversations/{conversation}/messages", {
          params: { path: { conversation: item.conversation }, header: { "Idempotency-Key": idempotencyKey(item) } },
          body: { ...item.send, text: item.text, ...(item.reply_to ? { reply_to: item.reply_to.id } : {}) },
        }),
      );
      this.#failures = 0;
      dispatch({ type: "accepted", key: item.key, id });
      await this.#shelf.remove(item.key);
      return true;
    } catch (cause) {
      return this.#refused(item, asApiError(cause));
    }
  }

  async #refused(item: Waiting, error: ReturnType<typeof asApiError>): Promise<boolean> {
    if (error.status === 401) {
      this.#revoked();
      return false; // it stays on the shelf for the next log-in
    }
    if (error.temporary) {
      dispatch({ type: "write-state", key: item.key, state: "queued" });
      const wait = error.retryAfter ? error.retryAfter * 1000 : Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#failures);
      this.#failures++;
      this.#timer ??= setTimeout(() => this.flush(), wait);
      return false;
    }
    dispatch({ type: "write-state", key: item.key, state: "refused", reason: error.detail });
    this.#extras.set(item.key, { ...(item.send && { send: item.send }), ...(item.shown && { shown: item.shown }) });
    await this.#shelf.remove(item.key);
    return true;
  }
}

function answering(reply: ReplyTo | undefined): Pick<Waiting, "reply_to"> {
  return reply === undefined ? {} : { reply_to: reply };
}

function idempotencyKey(item: Waiting): string {
  return item.attempt === 1 ? item.key : `${item.key}.${item.attempt}`;
}
