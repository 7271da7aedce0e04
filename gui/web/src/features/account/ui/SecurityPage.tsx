import { useState, type FormEvent } from "react";
import type { Me } from "~/api/types.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { Switch } from "~/kit/primitives/Choice.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { changePassphrase, seal } from "../commands.ts";
import { problemText, t } from "../text.ts";
import { PassphraseField } from "./PassphraseField.tsx";
import { RecoveryKeyCard } from "./RecoveryKeyCard.tsx";

export function SecurityPage({ me }: { me: Me }) {
  return (
    <>
      <RecoveryKeyCard me={me} />
      <PassphraseCard name={me.name} />
      <SealCard sealed={me.sealed} />
    </>
  );
}

function PassphraseCard({ name }: { name: string }) {
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const change = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await changePassphrase(old, fresh);
      setOld("");
      setFresh("");
      toast(t("passphrase.changed"));
    } catch (cause) {
      setProblem(problemText(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card title={t("passphrase.title")} about={t("passphrase.about")}>
      <form className="form" onSubmit={(event) => void change(event)}>
        <input type="text" hidden readOnly autoComplete="username" value={name} />
        <PassphraseField label={t("passphrase.old")} value={old} onValue={setOld} problem={problem} known />
        <PassphraseField label={t("passphrase.new")} value={fresh} onValue={setFresh} />
        <div className="card-actions">
          <Button type="submit" busy={busy}>
            {t("passphrase.change")}
          </Button>
        </div>
      </form>
    </Card>
  );
}

function SealCard({ sealed }: { sealed: boolean }) {
  const [wanted, setWanted] = useState<boolean>();
  const [passphrase, setPassphrase] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const close = () => {
    setWanted(undefined);
    setPassphrase("");
    setProblem(undefined);
  };
  const apply = async (event: FormEvent) => {
    event.preventDefault();
    if (wanted === undefined) return;
    setBusy(true);
    try {
      await seal(wanted, passphrase);
      close();
      toast(wanted ? t("seal.done") : t("unseal.done"));
    } catch (cause) {
      setProblem(problemText(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card title={t("seal.title")} about={t("seal.about")}>
      <Switch label={t("seal.on")} checked={sealed} onChange={setWanted} />
      {wanted !== undefined && (
        <Dialog title={t("seal.ask")} closeLabel={t("close")} onClose={close}>
          <form className="form" onSubmit={(event) => void apply(event)}>
            <PassphraseField label={t("passphrase")} value={passphrase} onValue={setPassphrase} problem={problem} known />
            <div className="card-actions">
              <Button look="solid" type="submit" busy={busy}>
                {t("confirm")}
              </Button>
              <Button onClick={close}>{t("cancel")}</Button>
            </div>
          </form>
        </Dialog>
      )}
    </Card>
  );
}
