import { useState } from "react";
import { useLocation } from "wouter";
import type { ContactCard as CardShape } from "~/api/types.ts";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { useStore } from "~/stream/store.ts";
import { add } from "../commands.ts";
import type { Invitation } from "../invitation.ts";
import { problemText, t } from "../text.ts";
import { CheckWords } from "./CheckWords.tsx";
import "./contactcard.css";

interface ContactCardProps {
  card: CardShape;
  invitation: Invitation;
  onBack(): void;
}

// ContactCard asks whether this is the right person, before anything is sent.
export function ContactCard({ card, invitation, onBack }: ContactCardProps) {
  const [, go] = useLocation();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const known = useStore((state) => state.contacts[card.acct]);
  const byLink = "link" in invitation;
  const name = card.name || card.address; // an address alone does not tell the name
  const connect = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const contact = known && known.state !== "requested" ? known : await add(invitation);
      go(`/c/${contact.conversation}`);
    } catch (cause) {
      setProblem(problemText(cause));
      setBusy(false);
    }
  };
  return (
    <Card title={t("card.title")}>
      <Person name={name} acct={card.acct} address={card.address} />
      <div>
        <h3 className="small">{t("card.words")}</h3>
        <CheckWords words={card.check_words} />
        <p className="muted small">{t("card.words.text")}</p>
      </div>
      <p className="muted">
        {card.known ? t("card.known") : byLink ? t("card.link.text") : t("card.address.text", { name })}
      </p>
      {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
      <div className="card-actions">
        <Button look="solid" busy={busy} autoFocus onClick={() => void connect()}>
          {card.known ? t("card.open") : t(byLink ? "card.message" : "card.request", { name })}
        </Button>
        <Button onClick={onBack}>{t("card.back")}</Button>
      </div>
    </Card>
  );
}

export function Person({ name, acct, address }: { name: string; acct: string; address: string }) {
  return (
    <div className="person">
      <Avatar name={name} seed={acct} size="large" />
      <div>
        <p className="person-name">
          <bdi>{name}</bdi>
        </p>
        {address !== name && <p className="code muted">{address}</p>}
      </div>
    </div>
  );
}
