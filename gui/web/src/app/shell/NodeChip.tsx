import { Cable, CloudOff, LoaderCircle } from "lucide-react";
import { useStore } from "~/stream/store.ts";
import { t } from "../text.ts";

// NodeChip tells whether the node reaches others. A node alone is nothing to
// worry about as long as there is nobody to reach.
export function NodeChip() {
  const open = useStore((state) => state.link === "open");
  const lonely = useStore((state) => {
    const friends = Object.values(state.contacts).filter((contact) => contact.state === "accepted");
    return friends.length > 0 && friends.every((contact) => !contact.node.connected);
  });
  const state = !open ? "unknown" : lonely ? "alone" : "fine";
  const text = t(`node.${state}`);
  const Icon = icons[state];
  return (
    <span className={`node-chip node-chip-${state}`} role="img" aria-label={text} title={text}>
      <Icon aria-hidden="true" />
    </span>
  );
}

const icons = { unknown: LoaderCircle, alone: CloudOff, fine: Cable };
