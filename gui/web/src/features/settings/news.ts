// Tells new messages from old ones that are shown otherwise now: a new one makes its conversation hold more that is unread. The
// message and the count come in frames of their own, in any order.
import type { FollowedThread, Message } from "~/api/types.ts";

const TOGETHER = 20_000; // milliseconds that may lie between the two
const KEPT = 500; // messages that are remembered as told

interface Waiting {
  readonly messages: readonly Message[];
  readonly more: number; // unread ones whose messages did not come yet
  readonly at: number;
}

export class News {
  readonly #waiting = new Map<string, Waiting>();
  readonly #told = new Set<string>();

  // heard takes a message and gives it back if it is known to be new.
  heard(message: Message, now: number): readonly Message[] {
    if (this.#told.has(message.id)) return [];
    const { messages, more } = this.#of(message.conversation, now);
    return this.#settle(message.conversation, [...messages.filter((one) => one.id !== message.id), message], more, now);
  }

  // grew takes that so many more are unread, and gives the messages that these are, as far as they came.
  grew(conversation: string, count: number, now: number): readonly Message[] {
    const { messages, more } = this.#of(conversation, now);
    return this.#settle(conversation, messages, more + count, now);
  }

  #of(conversation: string, now: number): Omit<Waiting, "at"> {
    const was = this.#waiting.get(conversation);
    return was && now - was.at < TOGETHER ? was : { messages: [], more: 0 };
  }

  #settle(conversation: string, messages: readonly Message[], more: number, at: number): readonly Message[] {
    const count = Math.min(messages.length, more);
    const fresh = count > 0 ? messages.slice(-count) : [];
    const left = count > 0 ? [] : messages;
    if (left.length + more - count === 0) this.#waiting.delete(conversation);
    else this.#waiting.set(conversation, { messages: left, more: more - count, at });
    for (const { id } of fresh) this.#told.add(id);
    for (const id of this.#told) {
      if (this.#told.size <= KEPT) break;
      this.#told.delete(id);
    }
    return fresh;
  }
}

// ThreadNews tells what is new in threads that the account follows: the message comes first, then that its thread has more unread.
export class ThreadNews {
  readonly #waiting = new Map<string, Message>(); // the newest of each thread
  readonly #unread = new Map<string, number>();

  heard(message: Message): void {
    if (message.thread === undefined || message.again === true) return;
    this.#waiting.delete(message.thread);
    this.#waiting.set(message.thread, message);
    for (const root of this.#waiting.keys()) {
      if (this.#waiting.size <= KEPT) break;
      this.#waiting.delete(root);
    }
  }

  // grew gives the message that came, if the thread has more unread than before.
  grew({ id, followed, answers, last }: Pick<FollowedThread, "id" | "followed" | "answers" | "last">): readonly Message[] {
    const before = this.#unread.get(id) ?? 0;
    const message = this.#waiting.get(id);
    if (answers.unread > 0) this.#unread.set(id, answers.unread);
    else this.#unread.delete(id);
    if (!followed || answers.unread <= before || !message || last?.id !== message.id) return [];
    this.#waiting.delete(id);
    return [message];
  }
}
