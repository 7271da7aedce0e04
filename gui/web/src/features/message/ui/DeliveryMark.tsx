import { Check, CheckCheck, CircleAlert, Clock, ClockFading } from "lucide-react";
import { clockTime } from "~/i18n/time.ts";
import type { Row } from "~/stream/model.ts";
import { t } from "../text.ts";
import "./delivery.css";

const icons = {
  queued: ClockFading,
  sending: Clock,
  sent: Check,
  delivered: CheckCheck,
  read: CheckCheck,
  failed: CircleAlert,
  refused: CircleAlert,
};

// stateText says where a message is, in words.
export function stateText(row: Pick<Row, "state" | "reason" | "read_at">, to: string | undefined): string {
  if (row.state === "read" && row.read_at) return t("state.read.at", { time: clockTime(row.read_at) });
  if ((row.state === "failed" || row.state === "refused") && row.reason) {
    return t("failed.because", { reason: row.reason });
  }
  if (row.state === "sent" && to === undefined) return t("state.sent.group");
  return t(`state.${row.state}`, { name: to ?? "" });
}

export function DeliveryMark({ state, text }: { state: Row["state"]; text: string }) {
  const Icon = icons[state];
  return (
    <span className={`delivery delivery-${state}`} data-state={state} title={text}>
      <Icon aria-hidden="true" />
      <span className="sr-only">{text}</span>
    </span>
  );
}
