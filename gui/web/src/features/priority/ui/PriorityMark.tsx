import type { Row } from "~/stream/model.ts";
import { t } from "../text.ts";
import { PriorityIcon } from "./PriorityIcon.tsx";
import "./priority.css";

// PriorityMark says over a text how much it presses; the bar at its side is drawn by the style sheet.
export function PriorityMark({ row }: { row: Row; own: boolean }) {
  if (!row.priority) return null;
  return (
    <p className={`priority priority-${row.priority}`}>
      <PriorityIcon priority={row.priority} />
      {t(row.priority)}
    </p>
  );
}
