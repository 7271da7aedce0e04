import { asApiError } from "~/api/errors.ts";
import { catalogue } from "~/i18n/catalogue.ts";
import english from "./messages.en.json";

export const t = catalogue("invite", english);

const known = ["forbidden", "invite_gone", "not_a_link", "unreachable", "full", "rules", "removed", "not_found", "node_unreachable"] as const;

// problemText says in words why an invitation did not work.
export function problemText(cause: unknown): string {
  const error = asApiError(cause);
  const code = known.find((one) => one === error.code);
  return t(code ? `error.${code}` : "error.other", { detail: error.detail || error.code });
}
