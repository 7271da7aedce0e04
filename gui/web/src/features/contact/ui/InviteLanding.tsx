import { useEffect, useState } from "react";
import type { ContactCard as CardShape } from "~/api/types.ts";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { CopyBox } from "~/kit/primitives/CopyBox.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { preview } from "../commands.ts";
import { problemText, t } from "../text.ts";
import { ContactCard } from "./ContactCard.tsx";

interface InviteLandingProps {
  link: string;
  signedIn: boolean;
  onBack(): void;
  onLogIn(): void;
}

// InviteLanding is where a contact link leads. Who is signed in here sees the
// card; anybody else learns where to open the link.
export function InviteLanding({ link, signedIn, onBack, onLogIn }: InviteLandingProps) {
  const [card, setCard] = useState<CardShape>();
  const [problem, setProblem] = useState<string>();
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (!signedIn) return;
    let gone = false;
    preview({ link }).then(
      (found) => gone || setCard(found),
      (cause: unknown) => gone || setProblem(problemText(cause)),
    );
    return () => {
      gone = true;
    };
  }, [link, signedIn, tries]);
  if (card) return <ContactCard card={card} invitation={{ link }} onBack={onBack} />;
  if (!signedIn) {
    return (
      <Card level={1} title={t("invite.title")} about={t("invite.signedout")}>
        <CopyBox label={t("invite.link")} text={link} copyLabel={t("copy")} copiedLabel={t("copied")} />
        <div className="card-actions">
          <Button look="plain" onClick={onLogIn}>
            {t("invite.login")}
          </Button>
        </div>
      </Card>
    );
  }
  return (
    <Card level={1} title={t("invite.title")}>
      {problem === undefined ? <Spinner /> : <Alert tone="danger">{problem}</Alert>}
      <div className="card-actions">
        {problem !== undefined && (
          <Button look="solid"
            onClick={() => {
              setProblem(undefined);
              setTries(tries + 1);
            }}>
            {t("find.show")}
          </Button>
        )}
        <Button onClick={onBack}>{t("card.back")}</Button>
      </div>
    </Card>
  );
}
