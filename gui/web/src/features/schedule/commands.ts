// What people do with messages that are sent later, and with reminders.
import { asApiError } from "~/api/errors.ts";
import { api, call } from "~/api/http.ts";
import type { Scheduled } from "~/api/types.ts";
import { fullTime } from "~/i18n/time.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { edited } from "~/slots/outgoing.ts";
import type { Outgoing } from "~/slots/types.ts";
import type { Row } from "~/stream/model.ts";
import { t } from "./text.ts";

export function problemText(cause: unknown): string {
  const error = asApiError(cause);
  return error.status === 0 ? t("silent") : t("failed", { reason: error.detail });
}

// tell says that it was done, or why not.
async function tell(what: Promise<unknown>, done: string): Promise<boolean> {
  try {
    await what;
    toast(done);
    return true;
  } catch (cause) {
    toast(problemText(cause));
    return false;
  }
}

// sendLater has the node send a message at a moment, and tells whether it will.
export function sendLater({ conversation, text, reply, send }: Outgoing, at: Date): Promise<boolean> {
  const body = { ...send, text, at: at.toISOString(), ...(reply ? { reply_to: reply.id } : {}) };
  return tell(
    call(api.POST("/api/v1/conversations/{conversation}/scheduled", { params: { path: { conversation } }, body })),
    t("done.scheduled", { time: fullTime(at.toISOString()) }),
  );
}

export async function changeScheduled({ id, conversation }: Scheduled, text: string, at: Date): Promise<void> {
  const body = { ...edited({ conversation, text: "" }, text), text, at: at.toISOString() };
  await call(api.PUT("/api/v1/scheduled/{id}", { params: { path: { id } }, body }));
}

export function sendNow({ id }: Scheduled): Promise<boolean> {
  return tell(call(api.POST("/api/v1/scheduled/{id}/send-now", { params: { path: { id } } })), t("done.sent"));
}

export function cancelScheduled({ id }: Scheduled): Promise<boolean> {
  return tell(call(api.DELETE("/api/v1/scheduled/{id}", { params: { path: { id } } })), t("done.cancelled"));
}

export function remind({ conversation, id: message }: Row, at: Date, note: string): Promise<boolean> {
  const body = { at: at.toISOString(), ...(note === "" ? {} : { note }) };
  return tell(
    call(api.POST("/api/v1/conversations/{conversation}/messages/{message}/remind", { params: { path: { conversation, message } }, body })),
    t("done.reminder", { time: fullTime(at.toISOString()) }),
  );
}

export async function dropReminder(id: string): Promise<void> {
  await call(api.DELETE("/api/v1/reminders/{id}", { params: { path: { id } } })).catch((cause: unknown) => toast(problemText(cause)));
}
