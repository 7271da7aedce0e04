// Colours of code, made by a worker of their own that is started when the
// first code with a known language is shown, and ended when it takes too long.

import address from "./colour.worker.ts?worker&url";

export interface Piece {
  readonly text: string;
  readonly look: string; // empty for none
}

export interface Job {
  readonly id: number;
  readonly code: string;
  readonly lang: string;
}

export interface Done {
  readonly id: number;
  readonly pieces: readonly Piece[] | undefined;
}

const MAX_CODE = 20_000; // characters; longer code stays plain
const PATIENCE = 2000; // milliseconds
const KEPT = 60;

// Names of languages whose grammar the worker has, so that it is not started
// in vain.
const KNOWN = new Set(
  ("bash sh shell zsh c h cpp c++ cc hpp cs csharp css diff patch go golang html xml svg ini toml java js javascript jsx mjs json kt kotlin lua make makefile " +
    "md markdown php pl perl py python r rb ruby rs rust sql swift ts typescript tsx yaml yml").split(" "),
);

const known = new Map<string, Promise<readonly Piece[] | undefined>>();

// coloured gives the pieces of a code with their looks; undefined where it
// stays plain.
export function coloured(code: string, lang: string): Promise<readonly Piece[] | undefined> {
  if (!KNOWN.has(lang) || code.length > MAX_CODE || typeof Worker === "undefined") return Promise.resolve(undefined);
  const key = `${lang}\n${code}`;
  const before = known.get(key);
  if (before) return before;
  const made = ask(code, lang);
  known.set(key, made);
  if (known.size > KEPT) known.delete(known.keys().next().value ?? "");
  return made;
}

let worker: Worker | undefined;
let last = 0;
const waiting = new Map<number, (pieces: readonly Piece[] | undefined) => void>();

function ask(code: string, lang: string): Promise<readonly Piece[] | undefined> {
  return new Promise((resolve) => {
    const id = ++last;
    const timer = setTimeout(stop, PATIENCE);
    waiting.set(id, (pieces) => {
      clearTimeout(timer);
      resolve(pieces);
    });
    worker ??= start();
    worker.postMessage({ id, code, lang } satisfies Job);
  });
}

interface Vouching {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): unknown };
}

// vouched is the address of the worker as a browser takes it that runs no
// script from an address which nobody vouched for. It is done for this one
// alone, which was known when the page was built.
function vouched(): string {
  const factory = (globalThis as { trustedTypes?: Vouching }).trustedTypes;
  const policy = factory?.createPolicy("colour", { createScriptURL: () => address });
  return (policy?.createScriptURL(address) as string | undefined) ?? address;
}

let trusted: string | undefined;

function start(): Worker {
  trusted ??= vouched();
  const made = new Worker(trusted, { type: "module" });
  made.onmessage = ({ data }: MessageEvent<Done>) => {
    waiting.get(data.id)?.(data.pieces);
    waiting.delete(data.id);
  };
  made.onerror = stop;
  return made;
}

function stop(): void {
  worker?.terminate();
  worker = undefined;
  for (const answer of waiting.values()) answer(undefined);
  waiting.clear();
}
