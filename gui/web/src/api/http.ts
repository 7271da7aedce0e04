// The typed client of the node. Pages are served by the node itself, so every
// address is relative and the session is the browser's own cookie.
import createClient from "openapi-fetch";
import type { paths } from "./generated/schema";
import { ApiError } from "./errors.ts";

export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? "",
  credentials: "same-origin",
  cache: "no-store",
  fetch: (request) => globalThis.fetch(request),
});

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

// A node that does not answer, or a proxy that says so for it.
const SILENT = new Set([0, 502, 504]);

// What a node answers that keeps nothing new for the time being.
const FULL = ["read_only", "disk_full"] as const;
const KEPT = new Set([201, 202]); // it kept something

export type Full = (typeof FULL)[number];

type Watcher = (answered: boolean, full: Full | false | undefined) => void;

let watcher: Watcher = () => {};

// watchCalls tells the one listener after each call whether the node answered, and why it keeps nothing new: false if it just did,
// undefined if that is not known.
export function watchCalls(listener: Watcher): void {
  watcher = listener;
}

// call waits for an answer and gives its body, or throws an ApiError.
export async function call<Data>(pending: Promise<Answer<Data>>): Promise<Data> {
  const answer = await pending.catch(() => {
    watcher(false, undefined);
    throw ApiError.unreachable();
  });
  const { ok, status } = answer.response;
  const error = ok ? undefined : ApiError.from(answer.response, answer.error);
  watcher(!SILENT.has(status), KEPT.has(status) ? false : FULL.find((code) => code === error?.code));
  if (error) throw error;
  return answer.data as Data;
}
