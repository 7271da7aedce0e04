import { Check, Copy, FileDown, Printer } from "lucide-react";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { asApiError } from "~/api/errors.ts";
import type { Me, RecoveryKey } from "~/api/types.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { confirmKey, showKey } from "../commands.ts";
import { readKey } from "../recoverykey.ts";
import { problemText, t } from "../text.ts";
import { PassphraseField } from "./PassphraseField.tsx";
import "./key.css";

type Step = { at: "closed" } | { at: "shown"; key: RecoveryKey } | { at: "check"; key: RecoveryKey };

// RecoveryKeyCard leads from showing the key over keeping it to confirming
// one group of it. After that the node holds it no more.
export function RecoveryKeyCard({ me }: { me: Me }) {
  const [step, setStep] = useState<Step>({ at: "closed" });
  if (me.recovery_key === "confirmed") {
    return (
      <Card title={t("key.title")}>
        <Done focus={step.at !== "closed"} />
      </Card>
    );
  }
  return (
    <Card title={t("key.title")} about={t("key.about")}>
      {step.at === "closed" && <Open onKey={(key) => setStep({ at: "shown", key })} />}
      {step.at === "shown" && (
        <Keep address={me.address} text={step.key.key} onKept={() => setStep({ at: "check", key: step.key })} />
      )}
      {step.at === "check" && <Confirm group={step.key.check} onAgain={() => setStep({ at: "shown", key: step.key })} />}
    </Card>
  );
}

function Open({ onKey }: { onKey(key: RecoveryKey): void }) {
  const [passphrase, setPassphrase] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const show = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      onKey(await showKey(passphrase));
    } catch (cause) {
      setProblem(problemText(cause));
      setBusy(false);
    }
  };
  return (
    <form className="form" onSubmit={(event) => void show(event)}>
      <PassphraseField label={t("passphrase")} value={passphrase} onValue={setPassphrase} problem={problem} known />
      <div className="card-actions">
        <Button look="solid" type="submit" busy={busy}>
          {t("key.show")}
        </Button>
      </div>
    </form>
  );
}

// Done takes the focus that the last step had.
function Done({ focus }: { focus: boolean }) {
  const note = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (focus) note.current?.focus();
  }, []);
  return (
    <div ref={note} tabIndex={-1}>
      <Alert tone="success">{t("key.confirmed")}</Alert>
    </div>
  );
}

function Keep({ address, text, onKept }: { address: string; text: string; onKept(): void }) {
  const groups = useRef<HTMLOListElement>(null);
  // The key takes the focus of the step before, so that it is read out.
  useEffect(() => groups.current?.focus(), []);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    toast(t("key.copied"));
  };
  const save = () => {
    const url = URL.createObjectURL(new Blob([t("key.file.text", { address, key: text })], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = "conclave-recovery-key.txt";
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <>
      <ol ref={groups} className="key" aria-label={t("key.label")} translate="no" tabIndex={-1}>
        {readKey(text).groups.map((group, index) => (
          <li key={index} className="key-group">
            {group}
          </li>
        ))}
      </ol>
      <div className="card-actions key-tools">
        <Button icon={<Copy />} onClick={() => void copy()}>
          {t("key.copy")}
        </Button>
        <Button icon={<FileDown />} onClick={save}>
          {t("key.file")}
        </Button>
        <Button icon={<Printer />} onClick={() => window.print()}>
          {t("key.print")}
        </Button>
      </div>
      <div className="card-actions key-tools">
        <Button look="solid" icon={<Check />} onClick={onKept}>
          {t("key.next")}
        </Button>
      </div>
    </>
  );
}

function Confirm({ group, onAgain }: { group: number; onAgain(): void }) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const confirm = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await confirmKey(group, readKey(text).groups.join(""));
      toast(t("key.done"));
    } catch (cause) {
      const wrong = asApiError(cause).code === "recovery_key_wrong" || asApiError(cause).status === 400;
      setProblem(wrong ? t("key.check.wrong", { group }) : problemText(cause));
      setBusy(false);
    }
  };
  return (
    <form className="form" onSubmit={(event) => void confirm(event)}>
      <Field label={t("key.check", { group })} hint={t("key.check.about")} value={text} problem={problem} required autoFocus
        className="key-check" autoComplete="off" autoCapitalize="characters" spellCheck={false} maxLength={8} dir="ltr"
        onChange={(event) => setText(event.target.value)} />
      <div className="card-actions">
        <Button look="solid" type="submit" busy={busy}>
          {t("key.check.go")}
        </Button>
        <Button onClick={onAgain}>{t("key.again")}</Button>
      </div>
    </form>
  );
}
