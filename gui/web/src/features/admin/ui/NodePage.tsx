import { Network } from "lucide-react";
import type { ReactNode } from "react";
import type { NodeStatus, Peer } from "~/api/types.ts";
import { useLoaded } from "~/api/useLoaded.ts";
import { bytes, fullTime } from "~/i18n/time.ts";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Tag } from "~/kit/primitives/Badge.tsx";
import { Card, Empty } from "~/kit/primitives/Card.tsx";
import { readNode } from "../commands.ts";
import { t } from "../text.ts";
import { Audit } from "./Audit.tsx";
import { KeptCard } from "./KeptCard.tsx";
import { Problem } from "./Problem.tsx";
import "./admin.css";

const REFRESH = 10_000;

export function NodePage() {
  const { data: node, error, reload } = useLoaded(readNode, REFRESH);
  return (
    <>
      <Problem error={error} onRetry={reload} />
      {node?.read_only !== undefined && <Alert tone="danger">{t("node.readonly", { reason: node.read_only })}</Alert>}
      <Card title={t("node.title")}>{node && <Facts node={node} />}</Card>
      {node && <Disk disk={node.disk} />}
      {node && <KeptCard addresses={node.addresses} peer={node.peer_id} />}
      {node && <Peers peers={node.peers} />}
      {node && <Audit />}
    </>
  );
}

function Facts({ node }: { node: NodeStatus }) {
  const facts: [string, ReactNode][] = [
    [t("node.version"), node.version],
    [t("node.running"), fullTime(node.started_at)],
    [t("node.accounts"), node.accounts],
    [t("node.url"), node.public_url ? <span className="code">{node.public_url}</span> : t("node.url.none")],
    [t("node.id"), <span className="code">{node.peer_id}</span>],
    [t("node.addresses"), <Lines lines={node.addresses} />],
  ];
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Lines({ lines }: { lines: readonly string[] }) {
  return (
    <ul>
      {lines.map((line) => (
        <li key={line} className="code">
          {line}
        </li>
      ))}
    </ul>
  );
}

function Disk({ disk }: { disk: NodeStatus["disk"] }) {
  const low = disk.free < disk.total / 10;
  return (
    <Card title={t("disk.title")}>
      <meter className="disk" min={0} max={disk.total} high={disk.total * 0.9} value={disk.total - disk.free}
        aria-label={t("disk.label")} />
      <p>{t("disk.text", { free: bytes(disk.free), total: bytes(disk.total), used: bytes(disk.used_by_node) })}</p>
      {low && <Alert tone="warning">{t("disk.low")}</Alert>}
    </Card>
  );
}

function Peers({ peers }: { peers: readonly Peer[] }) {
  return (
    <Card title={t("peers.title")} about={t("peers.about")}>
      {peers.length === 0 ? (
        <Empty icon={<Network />} title={t("peers.empty.title")}>
          {t("peers.empty.text")}
        </Empty>
      ) : (
        <ul className="rows">
          {peers.map((peer) => (
            <PeerRow key={peer.id} peer={peer} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function PeerRow({ peer }: { peer: Peer }) {
  return (
    <li>
      <div className="rows-main">
        <p className="rows-title">
          <span className="code">{peer.id}</span>
          {peer.connected ? <Tag tone="success">{t("peers.connected")}</Tag> : <Tag>{t("peers.away")}</Tag>}
        </p>
        <p className="muted small">
          {peer.last_seen ? t("peers.seen", { time: fullTime(peer.last_seen) }) : t("peers.never")} ·{" "}
          {t("peers.waiting", { count: peer.waiting })}
        </p>
        {peer.last_error && <p className="rows-error small">{t("peers.error", { error: peer.last_error })}</p>}
        {peer.addresses.length > 0 && (
          <details className="small">
            <summary>{t("peers.addresses")}</summary>
            <Lines lines={peer.addresses} />
          </details>
        )}
      </div>
    </li>
  );
}
