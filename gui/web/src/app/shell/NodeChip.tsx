import { Cable, CloudOff, LoaderCircle } from "lucide-react";
import { useStore } from "~/stream/store.ts";
import { t } from "../text.ts";

// NodeChip tells whether the node reaches others. A node alone is nothing to
// worry about as long as there is nobody to reach.
export function NodeChip() {
  const link = useStore((state) => state.link);
  const peers = useStore((state) => state.connectedPeers);
  const lonely = useStore((state) => peers === 0 && Object.keys(state.contacts).length > 0);
  const known = link === "open" && peers !== undefined;
  const text = !known ? t("node.unknown") : lonely ? t("node.nopeers") : t("node.peers", { count: peers });
  const Icon = !known ? LoaderCircle : lonely ? CloudOff : Cable;
  const state = !known ? "unknown" : lonely ? "alone" : peers === 0 ? "quiet" : "fine";
  return (
    <span className={`node-chip node-chip-${state}`} role="img" aria-label={text} title={text}>
      <Icon aria-hidden="true" />
    </span>
  );
}
