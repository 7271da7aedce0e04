// How far this node and the other nodes of a group agree, in one line.
import type { Sync, SyncNode } from "~/api/types.ts";
import { t } from "./text.ts";

export type SyncLine = { tone: "fine" | "warning" | "unknown"; text: string };

// syncLine says what matters most: what is missing here, then that nobody
// else has it, then who cannot be reached, then that all is well.
export function syncLine(sync: Sync): SyncLine {
  if (sync.state === "behind") return { tone: "warning", text: t("sync.behind", { count: sync.behind }) };
  const nodes = sync.nodes ?? [];
  if (nodes.length === 0) return { tone: "unknown", text: t("sync.local") };
  const away = nodes.filter((node) => !node.connected).length;
  if (away > 0) return { tone: "warning", text: t("sync.away", { count: away }) };
  return sync.state === "in_sync" ? { tone: "fine", text: t("sync.in") } : { tone: "unknown", text: t("sync.unknown") };
}

// missingFirst puts the nodes that need a look first.
export function missingFirst(nodes: readonly SyncNode[]): SyncNode[] {
  const rank = (node: SyncNode) => (node.connected ? 2 : 0) + (node.state === "in_sync" ? 1 : 0);
  return [...nodes].sort((a, b) => rank(a) - rank(b) || b.behind - a.behind || a.peer.localeCompare(b.peer));
}
