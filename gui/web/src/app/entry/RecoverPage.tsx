import { useState, type FormEvent } from "react";
import { Link } from "wouter";
import { isComplete, readKey } from "~/features/account/recoverykey.ts";
import { PassphraseField } from "~/features/account/ui/PassphraseField.tsx";
import { RecoveryKeyField } from "~/features/account/ui/RecoveryKeyField.tsx";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { problemText, t } from "../text.ts";
import { recover } from "./commands.ts";
import { Frame } from "./Frame.tsx";

export function RecoverPage({ onDone }: { onDone(): void }) {
  const [name, setName] = useState("");
  const [key, setKey] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const open = async (event: FormEvent) => {
    event.preventDefault();
    const read = readKey(key);
    if (!isComplete(read)) return setProblem(t("error.recovery_key_wrong"));
    setBusy(true);
    setProblem(undefined);
    try {
      await recover(name.trim(), read.text, passphrase);
      toast(t("recover.done"));
      onDone();
    } catch (cause) {
      setProblem(problemText(cause));
      setBusy(false);
    }
  };
  return (
    <Frame>
      <Card level={1} title={t("recover.title")} about={t("recover.text")}>
        <form className="form" onSubmit={(event) => void open(event)}>
          <Field label={t("unlock.name")} value={name} required autoFocus autoComplete="username" autoCapitalize="none"
            spellCheck={false} dir="ltr" onChange={(event) => setName(event.target.value)} />
          <RecoveryKeyField value={key} onValue={setKey} />
          <PassphraseField label={t("recover.fresh")} value={passphrase} onValue={setPassphrase} />
          {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
          <Button look="solid" type="submit" wide busy={busy}>
            {t("recover.go")}
          </Button>
        </form>
        <div className="frame-links">
          <details>
            <summary>{t("recover.exits")}</summary>
            <ul>
              <li>{t("recover.exit.session")}</li>
              <li>{t("recover.exit.owner")}</li>
            </ul>
          </details>
          <Link href="/unlock">{t("recover.back")}</Link>
        </div>
      </Card>
    </Frame>
  );
}
