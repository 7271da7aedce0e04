// The pages of one browser agree on which of them speaks, and tell each other what they look at.
const NAME = "conclave.pages";

interface Look {
  readonly page: string;
  readonly at: string | undefined; // the conversation that is shown, visible and focused
}

export class Tabs {
  readonly #page = crypto.randomUUID();
  readonly #others = new Map<string, string | undefined>();
  readonly #channel = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(NAME);
  readonly #leaving = new AbortController();
  #speaks = false;
  #release: () => void = () => undefined;

  constructor() {
    const { signal } = this.#leaving;
    for (const type of ["focus", "blur", "pagehide"]) window.addEventListener(type, () => this.tell(), { signal });
    document.addEventListener("visibilitychange", () => this.tell(), { signal });
    this.#channel?.addEventListener("message", (event: MessageEvent<Look | "who">) => {
      if (event.data === "who") this.tell();
      else this.#others.set(event.data.page, event.data.at);
    });
    this.#channel?.postMessage("who");
    this.tell();
    this.#lead(signal);
  }

  // speaks is true in one page of the browser.
  get speaks(): boolean {
    return this.#speaks;
  }

  // looksAt tells whether some page shows a conversation to somebody.
  looksAt(conversation: string): boolean {
    return lookedAt() === conversation || [...this.#others.values()].includes(conversation);
  }

  close(): void {
    this.#leaving.abort();
    this.#release();
    this.#channel?.postMessage({ page: this.#page, at: undefined } satisfies Look);
    this.#channel?.close();
  }

  // tell says what this page looks at now; it is called when the page has gone elsewhere by itself.
  tell(): void {
    this.#channel?.postMessage({ page: this.#page, at: lookedAt() } satisfies Look);
  }

  // lead waits for the lock that one page holds until it is closed.
  #lead(signal: AbortSignal): void {
    if (!("locks" in navigator)) {
      this.#speaks = true;
      return;
    }
    const held = new Promise<void>((resolve) => (this.#release = resolve));
    navigator.locks
      .request(NAME, { signal }, () => {
        this.#speaks = true;
        return held;
      })
      .catch(() => undefined); // the page went before its turn came
  }
}

function lookedAt(): string | undefined {
  if (document.visibilityState !== "visible" || !document.hasFocus()) return undefined;
  return /^\/c\/([^/]+)/.exec(location.pathname)?.[1];
}
