import { useState, type FormEvent } from "react";
import type { Scheduled } from "~/api/types.ts";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Area } from "~/kit/primitives/Field.tsx";
import { changeScheduled, problemText } from "../commands.ts";
import { t } from "../text.ts";
import { useMoment } from "./MomentDialog.tsx";

const MOST = 60_000; // bytes

// EditDialog changes the text and the moment of a message that is sent later.
export function EditDialog({ one, onClose }: { one: Scheduled; onClose(): void }) {
  const [text, setText] = useState(one.text);
  const moment = useMoment(new Date(one.at));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const over = new TextEncoder().encode(text).length - MOST;
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const at = moment.take();
    if (!at || over > 0 || text.trim() === "") return;
    setBusy(true);
    try {
      await changeScheduled(one, text, at);
      onClose();
    } catch (cause) {
      setProblem(problemText(cause));
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("edit.title")} closeLabel={t("close")} onClose={onClose}>
      <form className="later-form" noValidate onSubmit={(event) => void save(event)}>
        <Area label={t("edit.text")} rows={4} dir="auto" value={text} problem={over > 0 ? t("edit.long", { count: over }) : undefined}
          onChange={(event) => setText(event.target.value)} />
        {moment.field}
        {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
        <div className="card-actions">
          <Button look="solid" type="submit" busy={busy} disabled={text.trim() === ""}>
            {t("edit.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
