import { useState } from "react";
import type { Conversation } from "~/api/types.ts";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { setFlags } from "../flags.ts";
import { createFolder } from "../folders.ts";
import { problemText, t } from "../text.ts";

// NewFolder makes a folder and puts a conversation into it, if one is given.
export default function NewFolder({ conversation, onClose }: { conversation?: Conversation; onClose(): void }) {
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const make = async () => {
    if (name.trim() === "") return setProblem(t("folder.name.missing"));
    setBusy(true);
    try {
      const { id } = await createFolder(name.trim());
      if (conversation) await setFlags(conversation, { folders: [...conversation.flags.folders, id] });
      onClose();
    } catch (cause) {
      setProblem(problemText(cause));
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("folder.new")} closeLabel={t("close")} onClose={onClose}>
      <form className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}>
        <Field label={t("folder.name")} value={name} maxLength={64} dir="auto" autoComplete="off" problem={problem} onChange={(event) => setName(event.target.value)} />
        <div className="card-actions">
          <Button look="solid" type="submit" busy={busy}>
            {t("folder.make")}
          </Button>
          <Button onClick={onClose}>{t("cancel")}</Button>
        </div>
      </form>
    </Dialog>
  );
}
