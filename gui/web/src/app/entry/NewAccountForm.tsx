import { useState, type FormEvent } from "react";
import { asApiError } from "~/api/errors.ts";
import { PassphraseField } from "~/features/account/ui/PassphraseField.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { problemText, t } from "../text.ts";
import { makeAccount, type NewAccount } from "./commands.ts";
import { accountName, isAccountName } from "./names.ts";

interface NewAccountFormProps {
  token: NewAccount["token"];
  action: string;
  onDone(): void;
}

// NewAccountForm asks for two things; the account name follows the name until
// a person changes it.
export function NewAccountForm({ token, action, onDone }: NewAccountFormProps) {
  const [displayName, setDisplayName] = useState("");
  const [ownName, setOwnName] = useState<string>();
  const [passphrase, setPassphrase] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<{ code: string; text: string }>();
  const name = ownName ?? accountName(displayName);
  const make = async (event: FormEvent) => {
    event.preventDefault();
    if (!isAccountName(name)) return setProblem({ code: "name", text: t("setup.account.invalid") });
    setBusy(true);
    setProblem(undefined);
    try {
      await makeAccount({ name, passphrase, displayName, token });
      onDone();
    } catch (cause) {
      setProblem({ code: asApiError(cause).code, text: problemText(cause) });
      setBusy(false);
    }
  };
  const aboutName = problem?.code === "name" || problem?.code === "name_taken";
  const aboutPassphrase = problem?.code === "passphrase_weak";
  return (
    <form className="form" onSubmit={(event) => void make(event)}>
      <Field label={t("setup.name")} hint={t("setup.name.hint")} value={displayName} required maxLength={100} autoFocus
        autoComplete="name" dir="auto" onChange={(event) => setDisplayName(event.target.value)} />
      <PassphraseField label={t("unlock.passphrase")} value={passphrase} onValue={setPassphrase}
        problem={aboutPassphrase ? problem.text : undefined} />
      <Field label={t("setup.account")} value={name} required maxLength={32} autoComplete="username" autoCapitalize="none"
        spellCheck={false} dir="ltr" problem={aboutName ? problem.text : undefined}
        hint={name ? t("setup.account.hint", { address: `${name}@${location.host}` }) : t("setup.account.invalid")}
        onChange={(event) => setOwnName(event.target.value)} />
      {problem && !aboutName && !aboutPassphrase && <Alert tone="danger">{problem.text}</Alert>}
      <Button look="solid" type="submit" wide busy={busy}>
        {action}
      </Button>
    </form>
  );
}
