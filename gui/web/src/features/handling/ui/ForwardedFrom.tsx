import { Forward } from "lucide-react";
import type { Row } from "~/stream/model.ts";
import { t } from "../text.ts";
import "./forwarded.css";

// ForwardedFrom says over a text that it was written elsewhere.
export function ForwardedFrom({ row }: { row: Row; own: boolean }) {
  if (!row.forwarded) return null;
  const { name } = row.forwarded;
  return (
    <p className="forwarded">
      <Forward className="mirrored" aria-hidden="true" />
      <span>{name ? t.rich("forwarded.from", { name: <bdi>{name}</bdi> }) : t("forwarded")}</span>
    </p>
  );
}
