// The service worker keeps the frame of the page, so that it opens also when the node does not answer and says so itself. It holds
// files of the build alone: nothing that the node answers to anybody who is signed in ever passes through here.
declare const __SHELL__: { readonly version: string; readonly files: readonly string[] };

// What the worker needs of the browser; the types of a page and of a worker exclude one another.
interface Extendable extends Event {
  waitUntil(done: Promise<unknown>): void;
}
interface Fetching extends Event {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Scope {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", run: (event: Extendable) => void): void;
  addEventListener(type: "fetch", run: (event: Fetching) => void): void;
  addEventListener(type: "message", run: (event: MessageEvent) => void): void;
}

const scope = self as unknown as Scope;
const PREFIX = "conclave-shell-";
const { version, files } = __SHELL__;
const NAME = PREFIX + version;
const FRAME = "/";
const HASHED = "/assets/";

scope.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll([...files])));
});

// The pages that are open go on with the files that they were loaded with, until the person reloads.
scope.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== NAME).map((name) => caches.delete(name))))
      .then(() => scope.clients.claim()),
  );
});

scope.addEventListener("message", ({ data }) => {
  if (data === "take over") void scope.skipWaiting();
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== scope.location.origin) return;
  if (request.mode === "navigate") event.respondWith(frame(request));
  else if (url.pathname.startsWith(HASHED)) event.respondWith(hashed(request));
  else if (files.includes(url.pathname)) event.respondWith(fresh(request));
});

// frame is the node's own answer; the kept one only where there is none.
async function frame(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (cause) {
    const kept = await caches.match(FRAME, { cacheName: NAME });
    if (!kept) throw cause;
    return kept;
  }
}

async function fresh(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (cause) {
    const kept = await caches.match(request, { cacheName: NAME });
    if (!kept) throw cause;
    return kept;
  }
}

// hashed is a file whose name changes with its content.
async function hashed(request: Request): Promise<Response> {
  const kept = await caches.match(request, { cacheName: NAME });
  return kept ?? fetch(request);
}
