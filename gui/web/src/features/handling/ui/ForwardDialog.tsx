import { useMemo, useState } from "react";
import type { Conversation } from "~/api/types.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Switch } from "~/kit/primitives/Choice.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Picker } from "~/kit/primitives/Picker.tsx";
import type { Row } from "~/stream/model.ts";
import { conversationsByTime } from "~/stream/selectors.ts";
import { useStore } from "~/stream/store.ts";
import { forwardRow, reason } from "../commands.ts";
import { t } from "../text.ts";

const MOST = 20;

interface ForwardDialogProps {
  rows: readonly Row[];
  onClose(): void;
  onDone?(): void;
}

// ForwardDialog chooses where messages go. What a chat refuses stays chosen, with the reason.
export default function ForwardDialog({ rows, onClose, onDone }: ForwardDialogProps) {
  const all = useStore(conversationsByTime);
  const items = useMemo(() => all.filter(open).map(({ id, name }) => ({ id, name })), [all]);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [hidden, setHidden] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<readonly string[]>([]);
  const count = chosen.length;
  const nameOf = (id: string) => items.find((one) => one.id === id)?.name ?? "";
  const run = async () => {
    setBusy(true);
    const refused = new Map<string, string>();
    try {
      for (const row of rows) {
        const to = chosen.filter((id) => !refused.has(id));
        if (to.length === 0) break;
        for (const { conversation, id, detail } of await forwardRow(row, to, !hidden)) {
          if (id === undefined) refused.set(conversation, detail ?? "");
        }
      }
    } catch (cause) {
      setBusy(false);
      return setProblems([reason(cause)]);
    }
    setBusy(false);
    const done = count - refused.size;
    if (done > 0) toast(t("forward.done", { count: done }));
    if (refused.size > 0) {
      setChosen([...refused.keys()]);
      return setProblems([...refused].map(([id, why]) => t("forward.refused", { name: nameOf(id), reason: why })));
    }
    onDone?.();
    onClose();
  };
  return (
    <Dialog title={t("forward.title", { count: rows.length })} closeLabel={t("close")} onClose={onClose}>
      <Picker label={t("forward.to")} searchLabel={t("forward.search")} noneLabel={t("forward.none")} removeLabel={(name) => t("forward.remove", { name })}
        items={items} chosen={chosen} onChange={setChosen} />
      <Switch label={t("forward.hide")} about={t("forward.hide.about")} checked={hidden} onChange={setHidden} />
      {count > MOST && <Alert tone="danger">{t("forward.many")}</Alert>}
      {problems.map((problem) => (
        <Alert key={problem} tone="danger">
          {problem}
        </Alert>
      ))}
      <div className="card-actions">
        <Button look="solid" busy={busy} disabled={count === 0 || count > MOST} onClick={() => void run()}>
          {t("forward.go", { count })}
        </Button>
      </div>
    </Dialog>
  );
}

// open tells whether something can be written into a chat, as far as the page knows.
function open({ contact, group }: Conversation): boolean {
  return contact !== "blocked" && contact !== "requested" && (group === undefined || group.state === "joined");
}
