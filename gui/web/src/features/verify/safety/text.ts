import { asApiError } from "~/api/errors.ts";
import { catalogue } from "~/i18n/catalogue.ts";
import english from "./messages.en.json";

export const t = catalogue("safety", english);

const known = ["number_mismatch", "not_a_code", "number_stale"] as const;

// problemText says in words why a comparison does not count.
export function problemText(cause: unknown, name: string): string {
  const error = asApiError(cause);
  const code = known.find((one) => one === error.code);
  return code ? t(`error.${code}`, { name }) : t("error.other", { detail: error.detail || error.code });
}
