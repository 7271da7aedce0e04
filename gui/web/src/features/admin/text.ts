import { asApiError } from "~/api/errors.ts";
import { catalogue } from "~/i18n/catalogue.ts";
import english from "./messages.en.json";

export const t = catalogue("admin", english);

export function problemText(cause: unknown): string {
  const error = asApiError(cause);
  if (error.status === 403) return t("error.forbidden");
  if (error.status === 0) return t("error.node_unreachable");
  return t("error", { detail: error.detail || error.code });
}
