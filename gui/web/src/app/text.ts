import { asApiError } from "~/api/errors.ts";
import { catalogue } from "~/i18n/catalogue.ts";
import english from "./messages.en.json";

export const t = catalogue("app", english);

const known = [
  "wrong_credentials",
  "name_taken",
  "setup_token_wrong",
  "invite_invalid",
  "suspended",
  "too_many_requests",
  "busy",
  "passphrase_weak",
  "already_claimed",
  "recovery_key_wrong",
  "node_unreachable",
] as const;

// problemText says in words why an account could not be opened or made.
export function problemText(cause: unknown): string {
  const error = asApiError(cause);
  const code = known.find((one) => one === error.code);
  const values = { detail: error.detail || error.code, seconds: error.retryAfter ?? 60 };
  return t(code ? `error.${code}` : "error.other", values);
}
