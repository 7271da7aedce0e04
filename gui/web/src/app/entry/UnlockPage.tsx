import { useState, type FormEvent } from "react";
import { Link } from "wouter";
import { PassphraseField } from "~/features/account/ui/PassphraseField.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { useStore } from "~/stream/store.ts";
import { problemText, t } from "../text.ts";
import { logIn } from "./commands.ts";
import { Frame } from "./Frame.tsx";

export function UnlockPage({ onDone }: { onDone(): void }) {
  const why = useStore((state) => state.signedOut);
  const [name, setName] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const open = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await logIn(name.trim(), passphrase);
      onDone();
    } catch (cause) {
      setProblem(problemText(cause));
      setBusy(false);
    }
  };
  return (
    <Frame>
      <Card level={1} title={t("unlock.title")} about={t("unlock.text")}>
        {problem === undefined && why !== undefined && why !== "never" && <Alert>{t(`unlock.${why}`)}</Alert>}
        <form className="form" onSubmit={(event) => void open(event)}>
          <Field label={t("unlock.name")} value={name} required autoFocus autoComplete="username" autoCapitalize="none"
            spellCheck={false} dir="ltr" onChange={(event) => setName(event.target.value)} />
          <PassphraseField label={t("unlock.passphrase")} value={passphrase} onValue={setPassphrase} known />
          {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
          <Button look="solid" type="submit" wide busy={busy}>
            {t("unlock.go")}
          </Button>
        </form>
        <div className="frame-links">
          <Link href="/recover">{t("unlock.recover")}</Link>
        </div>
      </Card>
    </Frame>
  );
}
