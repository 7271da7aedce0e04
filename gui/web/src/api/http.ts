// The typed client of the node. Pages are served by the node itself, so every
// address is relative and the session is the browser's own cookie.
import createClient from "openapi-fetch";
import type { paths } from "./generated/schema";
import type { GroupPaths } from "./groups.ts";
import { ApiError } from "./errors.ts";

export const api = createClient<Omit<paths, keyof GroupPaths> & GroupPaths>({
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

let watcher: (answered: boolean) => void = () => {};

// watchCalls tells the one listener after each call whether the node answered.
export function watchCalls(listener: (answered: boolean) => void): void {
  watcher = listener;
}

// call waits for an answer and gives its body, or throws an ApiError.
export async function call<Data>(pending: Promise<Answer<Data>>): Promise<Data> {
  const answer = await pending.catch(() => {
    watcher(false);
    throw ApiError.unreachable();
  });
  watcher(!SILENT.has(answer.response.status));
  if (!answer.response.ok) throw ApiError.from(answer.response, answer.error);
  return answer.data as Data;
}
