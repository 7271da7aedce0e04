import { Copy, History, Pencil, Reply } from "lucide-react";
import { useState, type ReactNode } from "react";
import { say } from "~/kit/a11y/live.tsx";
import { Button, IconButton } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import type { Row } from "~/stream/model.ts";
import { editable, startEditing } from "../editing.ts";
import { startReply } from "../replying.ts";
import { t } from "../text.ts";

interface Action {
  label: string;
  icon: ReactNode;
  run(): void;
}

export interface ActionsProps {
  row: Row;
  own: boolean;
  fixed: boolean; // nothing can be written here now
  onHistory(): void;
}

function actionsOf({ row, own, fixed, onHistory }: ActionsProps): Action[] {
  const all: Action[] = [];
  if (!fixed && row.id !== "") all.push({ label: t("reply"), icon: <Reply className="mirrored" />, run: () => startReply(row) });
  all.push({ label: t("copy"), icon: <Copy />, run: () => void copy(row.text) });
  if (own && !fixed && editable(row, row.author)) all.push({ label: t("edit"), icon: <Pencil />, run: () => startEditing(row) });
  if (row.edited_at !== undefined) all.push({ label: t("edits.title"), icon: <History />, run: onHistory });
  return all;
}

// Toolbar stands over a message that the pointer or the focus is on.
export function Toolbar(props: ActionsProps) {
  return (
    <div className="message-actions" role="group" aria-label={t("actions")}>
      {actionsOf(props).map(({ label, icon, run }) => (
        <IconButton key={label} label={label} icon={icon} tabIndex={-1} onClick={run} />
      ))}
    </div>
  );
}

// ActionSheet is the same for a finger: it opens by a long press.
export function ActionSheet({ onClose, ...props }: ActionsProps & { onClose(): void }) {
  return (
    <Dialog title={t("actions")} closeLabel={t("close")} onClose={onClose}>
      <div className="message-sheet">
        {actionsOf(props).map(({ label, icon, run }) => (
          <Button key={label} look="plain"
            onClick={() => {
              onClose();
              run();
            }}>
            {icon}
            {label}
          </Button>
        ))}
      </div>
    </Dialog>
  );
}

const PRESS = 450; // milliseconds
const WANDER = 10; // pixels that a finger at rest may move

// useLongPress tells when a finger rests on an element.
export function useLongPress() {
  const [pressed, setPressed] = useState(false);
  const onPointerDown = (event: React.PointerEvent) => {
    if (event.pointerType !== "touch" || (event.target as Element).closest("button, dialog")) return;
    const { clientX, clientY } = event;
    const timer = setTimeout(() => finish(true), PRESS);
    const over = new AbortController();
    const finish = (long: boolean) => {
      clearTimeout(timer);
      over.abort();
      if (!long) return;
      // Lifting the finger is no tap on what opened under it.
      window.addEventListener("touchend", (lift) => lift.preventDefault(), { once: true, passive: false, capture: true });
      setPressed(true);
    };
    const options = { signal: over.signal };
    const end = () => finish(false);
    window.addEventListener("pointerup", end, options);
    window.addEventListener("pointercancel", end, options);
    window.addEventListener(
      "pointermove",
      (move) => {
        if (Math.hypot(move.clientX - clientX, move.clientY - clientY) > WANDER) end();
      },
      options,
    );
  };
  return { pressed, release: () => setPressed(false), onPointerDown };
}

async function copy(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  say(t("copied"));
}
