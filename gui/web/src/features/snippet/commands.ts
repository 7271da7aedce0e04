import { asApiError } from "~/api/errors.ts";
import { api, call } from "~/api/http.ts";
import type { Snippet } from "~/api/types.ts";
import { t } from "./text.ts";

export async function saveSnippet(id: string | undefined, name: string, text: string): Promise<void> {
  const body = { name, text };
  await call<Snippet>(id === undefined ? api.POST("/api/v1/snippets", { body }) : api.PUT("/api/v1/snippets/{id}", { params: { path: { id } }, body }));
}

export async function deleteSnippet(id: string): Promise<void> {
  await call(api.DELETE("/api/v1/snippets/{id}", { params: { path: { id } } }));
}

export function problemText(cause: unknown): string {
  const error = asApiError(cause);
  if (error.status === 0) return t("silent");
  return error.code === "name_taken" ? t("taken") : t("failed", { reason: error.detail });
}
