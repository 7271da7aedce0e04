import { ChevronRight } from "lucide-react";
import { fullTime, shortTime } from "~/i18n/time.ts";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import type { Row } from "~/stream/model.ts";
import { t } from "../text.ts";
import "./rollup.css";

// RollUp stands under a message in whose thread something was said; a press opens that.
export default function RollUp({ row, onOpen }: { row: Row; onOpen(row: Row): void }) {
  if (!row.answers) return null;
  const { count, faces, last_at: at, unread } = row.answers;
  const replies = t("replies", { count });
  return (
    <button type="button" className="rollup" tabIndex={-1} data-fresh={unread > 0 || undefined} onClick={() => onOpen(row)}
      aria-label={[t("rollup", { replies, name: faces[0]?.name ?? "" }), unread > 0 ? t("fresh", { count: unread }) : ""].filter(Boolean).join(", ")}>
      <span className="rollup-faces">
        {faces.map(({ account, name }) => (
          <Avatar key={account} name={name} seed={account} size="small" />
        ))}
      </span>
      <span className="rollup-count">{replies}</span>
      {unread > 0 && <span className="rollup-fresh">{t("fresh", { count: unread })}</span>}
      <time className="rollup-time" dateTime={at} title={fullTime(at)}>
        {shortTime(at)}
      </time>
      <ChevronRight className="mirrored rollup-go" aria-hidden="true" />
    </button>
  );
}
