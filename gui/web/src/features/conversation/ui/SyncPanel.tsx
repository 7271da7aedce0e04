import { CircleCheck, CircleDashed, CloudOff, RefreshCw } from "lucide-react";
import type { Sync, SyncNode } from "~/api/types.ts";
import { fullTime } from "~/i18n/time.ts";
import { missingFirst, syncLine } from "../sync.ts";
import { t } from "../text.ts";
import "./panel.css";

// SyncPanel tells node by node what has been compared and what is missing.
export function SyncPanel({ sync }: { sync: Sync }) {
  const line = syncLine(sync);
  const nodes = sync.nodes ?? [];
  return (
    <>
      <section className="group-section">
        <p className={`sync-now sync-${line.tone}`} role="status">
          {line.tone === "warning" ? <RefreshCw aria-hidden="true" /> : <CircleCheck aria-hidden="true" />}
          {line.text}
        </p>
        <p className="muted small">{t("sync.about")}</p>
      </section>
      <section className="group-section">
        <h3>{t("sync.nodes")}</h3>
        {nodes.length === 0 ? (
          <p className="muted">{t("sync.alone")}</p>
        ) : (
          <ul className="sync-nodes">
            {missingFirst(nodes).map((node) => (
              <NodeRow key={node.peer} node={node} />
            ))}
          </ul>
        )}
      </section>
    </>
  );
}

function NodeRow({ node }: { node: SyncNode }) {
  const { peer, connected, state, behind, last_seen } = node;
  const fine = connected && state === "in_sync";
  const tone = fine ? "fine" : connected && state === "unknown" ? "unknown" : "warning";
  const Icon = !connected ? CloudOff : fine ? CircleCheck : state === "behind" ? RefreshCw : CircleDashed;
  const compared = state === "in_sync" ? t("sync.node.in") : state === "behind" ? t("sync.node.behind", { count: behind }) : t("sync.node.unknown");
  const seen = connected ? t("sync.node.connected") : last_seen ? t("sync.node.seen", { time: fullTime(last_seen) }) : t("sync.node.never");
  return (
    <li>
      <Icon className={`sync-${tone}`} aria-hidden="true" />
      <span className="code" title={peer}>
        {t("sync.node", { peer: peer.slice(-8) })}
      </span>
      <span className="muted small">
        {seen} · {compared}
      </span>
    </li>
  );
}
