// How far this node and the other nodes of a group agree, in one line.
import type { Sync, SyncNode } from "~/api/types.ts";
import { fullTime } from "~/i18n/time.ts";
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

const NAMED = 3; // people that stand for a node
const TAIL = 8; // characters of a node's id that tell it from others

// nodeName calls a node by those who live on it, as far as their names are known.
export function nodeName({ peer, accounts, members }: SyncNode, nameOf: (acct: string) => string | undefined): string {
  const known = accounts.flatMap((acct) => nameOf(acct) ?? []);
  const [first, second, third] = known;
  if (first === undefined) return members > 0 ? t("sync.node.count", { count: members }) : t("sync.node", { peer: peer.slice(-TAIL) });
  if (members <= 1) return t("sync.node.one", { name: first });
  if (members === 2 && second !== undefined) return t("sync.node.two", { first, second });
  if (members === NAMED && second !== undefined && third !== undefined) return t("sync.node.three", { first, second, third });
  return second === undefined
    ? t("sync.node.first", { first, count: members - 1 })
    : t("sync.node.more", { first, second, count: members - 2 });
}

// nodeState says how far a node is: whether it can be reached comes first.
export function nodeState({ connected, state, behind, last_seen }: SyncNode): SyncLine {
  const lacks = state === "behind" && behind > 0;
  if (!connected) {
    const away = last_seen ? t("sync.node.away", { time: fullTime(last_seen) }) : t("sync.node.never");
    return { tone: "warning", text: lacks ? t("sync.node.away.behind", { away, count: behind }) : away };
  }
  if (state === "behind") return { tone: "warning", text: t("sync.behind", { count: behind }) };
  return state === "in_sync" ? { tone: "fine", text: t("sync.in") } : { tone: "unknown", text: t("sync.node.unknown") };
}
