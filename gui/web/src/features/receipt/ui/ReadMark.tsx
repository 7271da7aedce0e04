import type { Row } from "~/stream/model.ts";
import { t } from "../text.ts";
import "./info.css";

// ReadMark says by how many an own message to a group was read.
export function ReadMark({ row: { reach } }: { row: Row }) {
  if (!reach || reach.read === 0) return null;
  return (
    <span className="receipt-mark" title={t("mark.title", { delivered: reach.delivered, of: reach.of, read: reach.read })}>
      {reach.read === reach.of ? t("mark.all") : t("mark", { read: reach.read })}
    </span>
  );
}
