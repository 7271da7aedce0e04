import { useState } from "react";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import type { Row } from "~/stream/model.ts";
import { concealRows, deleteRows, mayDeleteForEveryone, type Whom } from "../commands.ts";
import { t } from "../text.ts";

interface DeleteDialogProps {
  rows: readonly Row[];
  onClose(): void;
  onDone?(): void;
}

// DeleteDialog asks for whom messages are deleted, and says what that means.
export default function DeleteDialog({ rows, onClose, onDone }: DeleteDialogProps) {
  const [busy, setBusy] = useState<Whom>();
  const [problem, setProblem] = useState<string>();
  const [left, setLeft] = useState(rows);
  const count = left.length;
  const everyone = left.every(mayDeleteForEveryone);
  const run = async (whom: Whom) => {
    setBusy(whom);
    const { done, problem: why } = await (whom === "me" ? concealRows(left) : deleteRows(left, whom));
    setBusy(undefined);
    if (why !== undefined) {
      setLeft(left.filter((row) => !done.includes(row)));
      return setProblem(done.length === 0 ? why : t("delete.some", { done: done.length, reason: why }));
    }
    if (whom === "everyone") toast(t("delete.all.done", { count: done.length }));
    onDone?.();
    onClose();
  };
  return (
    <Dialog title={t("delete.title", { count })} closeLabel={t("close")} onClose={onClose}>
      <p>{t("delete.me.about", { count })}</p>
      {everyone && <p>{t("delete.all.about", { count })}</p>}
      {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
      <div className="card-actions">
        <Button look={everyone ? "soft" : "danger"} busy={busy === "me"} onClick={() => void run("me")}>
          {t("delete.me")}
        </Button>
        {everyone && (
          <Button look="danger" busy={busy === "everyone"} onClick={() => void run("everyone")}>
            {t("delete.all")}
          </Button>
        )}
      </div>
    </Dialog>
  );
}
