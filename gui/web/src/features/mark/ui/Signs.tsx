import { Pin, Star } from "lucide-react";
import type { Row } from "~/stream/model.ts";
import { useSlice } from "~/stream/store.ts";
import { marks } from "../state.ts";
import { t } from "../text.ts";
import "./mark.css";

// Signs stands beside the time of a message that is pinned or starred.
export function Signs({ row }: { row: Row }) {
  const star = useSlice(marks, (part) => part.stars[row.id]) ?? row.starred === true;
  return (
    <>
      {row.pinned === true && (
        <span className="mark" role="img" aria-label={t("pinned")} title={t("pinned")}>
          <Pin aria-hidden="true" />
        </span>
      )}
      {star && (
        <span className="mark mark-star" role="img" aria-label={t("starred")} title={t("starred")}>
          <Star aria-hidden="true" />
        </span>
      )}
    </>
  );
}
