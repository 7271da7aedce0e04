import { ShieldCheck } from "lucide-react";
import type { Incident } from "~/api/types.ts";
import { useLoaded } from "~/api/useLoaded.ts";
import { fullTime } from "~/i18n/time.ts";
import { Card, Empty } from "~/kit/primitives/Card.tsx";
import { listIncidents } from "../commands.ts";
import { t } from "../text.ts";
import { Problem } from "./Problem.tsx";

const REFRESH = 30_000;

const WORDS = {
  blocked: "audit.blocked",
  flood: "audit.flood",
  forged: "audit.forged",
  twin: "audit.twin",
  misled: "audit.misled",
} as const;

export function Audit() {
  const { data: incidents, error, reload } = useLoaded(listIncidents, REFRESH);
  return (
    <Card title={t("audit.title")} about={t("audit.about")}>
      <Problem error={error} onRetry={reload} />
      {incidents?.length === 0 && (
        <Empty icon={<ShieldCheck />} title={t("audit.empty.title")}>
          {t("audit.empty.text")}
        </Empty>
      )}
      {incidents && incidents.length > 0 && (
        <ul className="rows">
          {incidents.map((one) => (
            <Row key={one.id} one={one} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Row({ one }: { one: Incident }) {
  return (
    <li>
      <div className="rows-main">
        <p className="rows-title">{t(WORDS[one.kind])}</p>
        <p className="small">{one.peer ? <span className="code">{one.peer}</span> : t("audit.many")}</p>
        <p className="muted small">{t("audit.when", { time: fullTime(one.last_at), count: one.count })}</p>
        {one.group && <p className="muted small code">{t("audit.group", { id: one.group })}</p>}
        {one.account && <p className="muted small code">{t("audit.account", { id: one.account })}</p>}
      </div>
    </li>
  );
}
