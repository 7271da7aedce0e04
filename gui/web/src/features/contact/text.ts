import { asApiError } from "~/api/errors.ts";
import { catalogue } from "~/i18n/catalogue.ts";
import english from "./messages.en.json";

export const t = catalogue("contact", english);

const known = ["not_a_link", "unreachable", "yourself", "not_found", "node_unreachable"] as const;

// problemText says in words why something with a contact did not work.
export function problemText(cause: unknown): string {
  const error = asApiError(cause);
  const code = known.find((one) => one === error.code);
  return code ? t(`error.${code}`) : t("error.other", { detail: error.detail || error.code });
}
