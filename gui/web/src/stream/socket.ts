// The live stream: one WebSocket a page, which comes back by itself and goes
// on after the last frame it saw. It holds no state of the chat.
import type { Frame } from "./model.ts";

export interface SocketEvents {
  frame(frame: Frame): void;
  // first is false when the stream goes on where it broke off.
  open(first: boolean): void;
  lost(): void;
  revoked(): void;
}

export interface SocketTools {
  connect(url: string): WebSocket;
  wait(milliseconds: number, then: () => void): () => void;
  random(): number;
}

const FIRST_WAIT = 400;
const LONGEST_WAIT = 15_000;
const REVOKED = 4401;
const RESTART = 1012;

export class LiveSocket {
  #events: SocketEvents;
  #tools: SocketTools;
  #socket: WebSocket | undefined;
  #cancelWait: (() => void) | undefined;
  #seq: number | undefined;
  #tries = 0;
  #return: number | undefined; // when the node that restarts wants this page back, in milliseconds
  #stopped = false;

  constructor(events: SocketEvents, tools: SocketTools = browserTools) {
    this.#events = events;
    this.#tools = tools;
  }

  start(): void {
    this.#stopped = false;
    this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelWait?.();
    this.#socket?.close();
    this.#socket = undefined;
  }

  // hurry tries at once: the person came back to the page, or the network did.
  hurry(): void {
    if (this.#stopped || this.#socket) return;
    this.#tries = 0;
    this.#cancelWait?.();
    this.#connect();
  }

  // distrust gives up a socket that looks open but may be dead.
  distrust(): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    socket.close();
    this.#events.lost();
    this.hurry();
  }

  #connect(): void {
    const since = this.#seq === undefined ? "" : `?since=${this.#seq}`;
    const socket = this.#tools.connect(`/api/v1/live${since}`);
    this.#socket = socket;
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#receive(event.data);
    };
    socket.onclose = (event) => {
      if (socket !== this.#socket) return;
      this.#socket = undefined;
      this.#closed(event.code);
    };
  }

  #receive(data: unknown): void {
    const frame = parseFrame(data);
    if (!frame) return;
    this.#tries = 0;
    if (frame.type === "hello") {
      const first = this.#seq === undefined;
      const restarted = this.#seq !== undefined && frame.seq < this.#seq;
      if (first || restarted) this.#seq = frame.seq;
      this.#events.open(first);
      if (restarted) this.#events.frame({ ...frame, type: "resync" });
      return;
    }
    this.#seq = frame.seq;
    if (frame.type === "restart") this.#return = delayOf(frame.data);
    else this.#events.frame(frame);
  }

  #closed(code: number): void {
    if (this.#stopped) return;
    if (code === REVOKED) {
      this.#stopped = true;
      this.#events.revoked();
      return;
    }
    this.#events.lost();
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#tries);
    const asked = code === RESTART ? this.#return : undefined;
    const wait = asked ?? longest * (0.5 + this.#tools.random() / 2);
    this.#return = undefined;
    this.#tries++;
    this.#cancelWait = this.#tools.wait(wait, () => this.#connect());
  }
}

// delayOf reads what the node asks for, within what a page would wait anyway.
function delayOf(data: unknown): number | undefined {
  const asked = (data as { after_ms?: unknown } | null)?.after_ms;
  return typeof asked === "number" && asked >= 0 ? Math.min(asked, LONGEST_WAIT) : undefined;
}

function parseFrame(data: unknown): Frame | undefined {
  if (typeof data !== "string") return undefined;
  const frame = JSON.parse(data) as Partial<Frame>;
  if (typeof frame.seq !== "number" || typeof frame.type !== "string") return undefined;
  return { seq: frame.seq, type: frame.type, data: frame.data };
}

const browserTools: SocketTools = {
  connect: (path) => new WebSocket(new URL(path, location.href.replace(/^http/, "ws"))),
  wait(milliseconds, then) {
    const timer = setTimeout(then, milliseconds);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
