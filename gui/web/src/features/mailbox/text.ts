import { asApiError } from "~/api/errors.ts";
import { catalogue } from "~/i18n/catalogue.ts";
import english from "./messages.en.json";

export const t = catalogue("mailbox", english);

// problemText says in words why something with mailboxes did not work.
export function problemText(cause: unknown): string {
  const error = asApiError(cause);
  if (error.status === 0) return t("error.node_unreachable");
  return error.status === 400 ? error.detail || t("add.shape") : t("error.other", { detail: error.detail || error.code });
}
