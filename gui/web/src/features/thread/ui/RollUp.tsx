import { ChevronRight } from "lucide-react";
import { fullTime, shortTime } from "~/i18n/time.ts";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import type { Row } from "~/stream/model.ts";
import { useSlice } from "~/stream/store.ts";
import { threads } from "../views.ts";
import { t } from "../text.ts";
import "./rollup.css";

// RollUp stands under a message in whose thread something was said; a press opens that.
export default function RollUp({ row, onOpen }: { row: Row; onOpen(row: Row): void }) {
  const told = useSlice(threads, (part) => part.unread[row.id]);
  if (!row.answers) return null;
  const { count, faces, last_at: at } = row.answers;
  const unread = told ?? row.answers.unread;
  return (
    <button type="button" className="rollup" tabIndex={-1} data-fresh={unread > 0 || undefined} onClick={() => onOpen(row)}>
      <span className="sr-only">{t("rollup", { name: faces[0]?.name ?? "" })} </span>
      <span className="rollup-faces">
        {faces.map(({ account, name }) => (
          <Avatar key={account} name={name} seed={account} size="small" />
        ))}
      </span>
      <span className="rollup-count">{t("replies", { count })} </span>
      {unread > 0 && <span className="rollup-fresh">{t("fresh", { count: unread })} </span>}
      <time className="rollup-time" dateTime={at} title={fullTime(at)}>
        {shortTime(at)}
      </time>
      <ChevronRight className="mirrored rollup-go" aria-hidden="true" />
    </button>
  );
}
