import { asApiError } from "~/api/errors.ts";
import { catalogue } from "~/i18n/catalogue.ts";
import english from "./messages.en.json";

export const t = catalogue("emoji", english);

// problemOf says why something did not work.
export function problemOf(cause: unknown): string {
  const error = asApiError(cause);
  return error.status === 0 ? t("failed.unreachable") : t("failed", { reason: error.detail });
}
