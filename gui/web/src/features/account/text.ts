import { asApiError } from "~/api/errors.ts";
import { catalogue } from "~/i18n/catalogue.ts";
import english from "./messages.en.json";

export const t = catalogue("account", english);

const known = ["wrong_credentials", "passphrase_weak", "too_many_requests", "busy", "node_unreachable"] as const;

export function problemText(cause: unknown): string {
  const error = asApiError(cause);
  const code = known.find((one) => one === error.code);
  const values = { detail: error.detail || error.code, seconds: error.retryAfter ?? 60 };
  return t(code ? `error.${code}` : "error.other", values);
}
