// What must be known before anything is shown.
import { api, call } from "~/api/http.ts";
import type { Setup } from "~/api/types.ts";
import { begin } from "~/stream/session.ts";

export type Boot = { at: "starting" } | { at: "insecure" } | { at: "silent" } | { at: "ready"; setup: Setup };

export async function boot(): Promise<Boot> {
  if (!window.isSecureContext) return { at: "insecure" };
  try {
    const [setup] = await Promise.all([call(api.GET("/api/v1/setup")), begin()]);
    return { at: "ready", setup };
  } catch {
    return { at: "silent" };
  }
}
