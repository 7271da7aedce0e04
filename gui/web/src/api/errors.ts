// One error type for everything a call can end in. Callers branch on `code`;
// people read `detail`: the node writes it as an English sentence, and the page
// says it in its own language where it knows the code (messages.es.json).
import { translationOf } from "~/i18n/locale.ts";
import type { Problem } from "./types.ts";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    // Seconds to wait before another try, when the node said so.
    readonly retryAfter?: number,
  ) {
    super(`${code}: ${detail}`);
    this.name = "ApiError";
  }

  // The node did not answer at all, so the call may be repeated as it is.
  static unreachable(): ApiError {
    return new ApiError(0, "node_unreachable", "");
  }

  static from(response: Response, body: unknown): ApiError {
    const problem = isProblem(body) ? body : undefined;
    const wait = Number(response.headers.get("Retry-After"));
    const code = problem?.code ?? `http_${response.status}`;
    const own = translationOf("api")?.[code];
    return new ApiError(
      response.status,
      code,
      typeof own === "string" ? own : (problem?.detail ?? problem?.title ?? response.statusText),
      Number.isFinite(wait) && wait > 0 ? wait : undefined,
    );
  }

  // The same call may succeed later without any change to it.
  get temporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "status" in body && "title" in body;
}

export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : ApiError.unreachable();
}
