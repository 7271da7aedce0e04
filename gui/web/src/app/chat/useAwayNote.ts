// The words under the last own message when it cannot go on because the other
// person's node is away.
import { useEffect, useState } from "react";
import type { Conversation } from "~/api/types.ts";
import { fullTime } from "~/i18n/time.ts";
import type { Row } from "~/stream/model.ts";
import { t } from "../text.ts";

const PATIENCE = 10_000;

export function useAwayNote(
  conversation: Conversation,
  rows: readonly Row[],
  mine: string | undefined,
): { key: string; text: string } | undefined {
  const [, setRound] = useState(0);
  const last = rows.findLast((row) => row.author === mine && row.kind === "text");
  const waits = last !== undefined && (last.state === "sending" || last.state === "sent");
  const due = waits ? new Date(last.sent_at).getTime() + PATIENCE - Date.now() : 0;
  useEffect(() => {
    if (due <= 0) return;
    const timer = setTimeout(() => setRound((round) => round + 1), due);
    return () => clearTimeout(timer);
  }, [due > 0, last?.key]);
  const { name, node, contact } = conversation;
  if (!waits || due > 0 || !node || node.connected || contact !== "accepted") return undefined;
  const text = node.last_seen ? t("chat.away", { name, time: fullTime(node.last_seen) }) : t("chat.away.never", { name });
  return { key: last.key, text };
}
