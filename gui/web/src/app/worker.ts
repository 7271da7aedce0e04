// The service worker of the page: registered where the browser has one, and asked for a new version when the node may have one.
import { useEffect, useSyncExternalStore } from "react";
import { useStore } from "~/stream/store.ts";

const ADDRESS = "/sw.js";

let waiting: ServiceWorker | undefined; // a newer page is here
let taken = false; // a person asked for it
const listeners = new Set<() => void>();

function set(next: ServiceWorker | undefined): void {
  waiting = next;
  for (const listener of listeners) listener();
}

interface Vouching {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): unknown };
}

function vouched(): string {
  const factory = (globalThis as { trustedTypes?: Vouching }).trustedTypes;
  const policy = factory?.createPolicy("worker", { createScriptURL: () => ADDRESS });
  return (policy?.createScriptURL(ADDRESS) as string | undefined) ?? ADDRESS;
}

let registration: Promise<ServiceWorkerRegistration | undefined> | undefined;

// register never fails: a page without the worker works as well, while the node answers.
function register(): Promise<ServiceWorkerRegistration | undefined> {
  registration ??= begin().catch(() => undefined);
  return registration;
}

async function begin(): Promise<ServiceWorkerRegistration | undefined> {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return undefined;
  const made = await navigator.serviceWorker.register(vouched());
  const look = () => {
    // The first one of all is no news to anybody.
    if (made.waiting && navigator.serviceWorker.controller) set(made.waiting);
  };
  made.addEventListener("updatefound", () => made.installing?.addEventListener("statechange", look));
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (taken) location.reload();
  });
  look();
  return made;
}

// useNewVersion tells whether a newer page is here. It is looked for when the stream is there again: the node may be another then.
export function useNewVersion(): boolean {
  const open = useStore((state) => state.link === "open");
  useEffect(() => {
    if (open) void register().then((made) => made?.update()).catch(() => undefined);
  }, [open]);
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => waiting !== undefined,
  );
}

// takeNewVersion loads the page again with it.
export function takeNewVersion(): void {
  taken = true;
  waiting?.postMessage("take over");
}
