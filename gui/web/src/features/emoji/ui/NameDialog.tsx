import { useState, type FormEvent } from "react";
import type { CustomEmoji } from "~/api/types.ts";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { pictureUrl } from "~/kit/picture.ts";
import { NAME } from "../pack.ts";
import { problemOf, t } from "../text.ts";
import "./pack.css";

interface NameDialogProps {
  title: string;
  action: string;
  first: string;
  taken: readonly CustomEmoji[];
  picture?: string; // a data URL
  onName(name: string): Promise<void>;
  onClose(): void;
}

// NameDialog asks for the name of an emoji that is free.
export function NameDialog({ title, action, first, taken, picture, onName, onClose }: NameDialogProps) {
  const [name, setName] = useState(first);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const used = taken.some((one) => one.name === name) && (picture !== undefined || name !== first);
  const fits = NAME.test(name) && !used;
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (!fits) return;
    if (picture === undefined && name === first) return onClose();
    setBusy(true);
    const failed = await onName(name).then(() => undefined, problemOf);
    setBusy(false);
    setProblem(failed);
    if (failed === undefined) onClose();
  };
  return (
    <Dialog title={title} closeLabel={t("close")} onClose={onClose}>
      <form className="pack-form" noValidate onSubmit={(event) => void save(event)}>
        {picture !== undefined && <img className="pack-new" src={pictureUrl(picture)} alt="" />}
        <Field label={t("name")} value={name} maxLength={32} autoComplete="off" autoCapitalize="none" spellCheck={false} dir="ltr" hint={t("name.hint")}
          problem={used ? t("name.taken") : name !== "" && !fits ? t("name.wrong") : undefined}
          onChange={(event) => setName(event.target.value.toLowerCase())} />
        {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
        <div className="card-actions">
          <Button look="solid" type="submit" busy={busy} disabled={!fits}>{action}</Button>
        </div>
      </form>
    </Dialog>
  );
}
