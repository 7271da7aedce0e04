import { CircleCheck, CircleDashed, CloudOff, RefreshCw, Server } from "lucide-react";
import type { Sync, SyncNode } from "~/api/types.ts";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { missingFirst, nodeName, nodeState, syncLine } from "../sync.ts";
import { t } from "../text.ts";
import "./panel.css";

// SyncPanel tells node by node what has been compared and what is missing; a
// node is known by those who live on it.
export function SyncPanel({ sync, nameOf }: { sync: Sync; nameOf(acct: string): string | undefined }) {
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
              <NodeRow key={node.peer} node={node} nameOf={nameOf} />
            ))}
          </ul>
        )}
      </section>
    </>
  );
}

function NodeRow({ node, nameOf }: { node: SyncNode; nameOf(acct: string): string | undefined }) {
  const { peer, accounts, connected } = node;
  const name = nodeName(node, nameOf);
  const { tone, text } = nodeState(node);
  const Icon = !connected ? CloudOff : tone === "fine" ? CircleCheck : tone === "warning" ? RefreshCw : CircleDashed;
  const resident = accounts.find((acct) => nameOf(acct) !== undefined);
  return (
    <li title={t("sync.node", { peer })}>
      {resident === undefined ? <Avatar name="" seed={peer} icon={<Server />} /> : <Avatar name={nameOf(resident) ?? ""} seed={resident} />}
      <span className="sync-node-text">
        <bdi className="sync-node-name">{name}</bdi>
        <span className={`small sync-${tone}`}>{text}</span>
      </span>
      <Icon className={`sync-${tone}`} aria-hidden="true" />
    </li>
  );
}
