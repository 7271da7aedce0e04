import { useState, type FormEvent } from "react";
import { Link } from "wouter";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { t } from "../text.ts";
import { Frame } from "./Frame.tsx";
import { useFragment } from "./fragment.ts";
import { NewAccountForm } from "./NewAccountForm.tsx";

export function SetupPage({ claimed = false, onDone }: { claimed?: boolean; onDone(): void }) {
  const [claim, setClaim] = useFragment("claim=");
  if (claimed) {
    return (
      <Frame>
        <Card level={1} title={t("setup.claimed.title")} about={t("setup.claimed.text")}>
          <Link href="/unlock" className="button button-solid">
            {t("unlock.go")}
          </Link>
        </Card>
      </Frame>
    );
  }
  if (!claim) {
    return (
      <Frame>
        <Card level={1} title={t("setup.noclaim.title")} about={t("setup.noclaim.text")}>
          <ClaimForm onClaim={setClaim} />
        </Card>
      </Frame>
    );
  }
  return (
    <Frame>
      <Card level={1} title={t("setup.title")} about={t("setup.text")}>
        <NewAccountForm token={{ setup_token: claim }} action={t("setup.go")} onDone={onDone} />
      </Card>
    </Frame>
  );
}

function ClaimForm({ onClaim }: { onClaim(claim: string): void }) {
  const [text, setText] = useState("");
  const read = (event: FormEvent) => {
    event.preventDefault();
    const pasted = text.trim();
    onClaim(pasted.split("#claim=").at(-1) ?? pasted);
  };
  return (
    <form className="form" onSubmit={read}>
      <Field label={t("setup.claim")} value={text} required autoComplete="off" spellCheck={false} dir="ltr"
        onChange={(event) => setText(event.target.value)} />
      <Button look="solid" type="submit" wide>
        {t("setup.claim.go")}
      </Button>
    </form>
  );
}
