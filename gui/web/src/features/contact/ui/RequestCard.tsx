import { useState } from "react";
import { useLocation } from "wouter";
import type { Contact } from "~/api/types.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { change, remove } from "../commands.ts";
import { problemText, t } from "../text.ts";
import { CheckWords } from "./CheckWords.tsx";
import { Person } from "./ContactCard.tsx";

// RequestCard shows who asks, and nothing they wrote.
export function RequestCard({ contact }: { contact: Contact }) {
  const [, go] = useLocation();
  const [busy, setBusy] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const act = (name: string, work: () => Promise<void>) => async () => {
    setBusy(name);
    setProblem(undefined);
    try {
      await work();
    } catch (cause) {
      setProblem(problemText(cause));
    } finally {
      setBusy(undefined);
    }
  };
  const accept = act("accept", async () => {
    await change(contact.acct, "accept");
    toast(t("accepted", { name: contact.name }));
    go(`/c/${contact.conversation}`);
  });
  const drop = act("delete", async () => {
    await remove(contact.acct);
    toast(t("deleted"));
    go("/contacts");
  });
  const block = act("block", async () => {
    await change(contact.acct, "block");
    toast(t("blocked.done", { name: contact.name }));
  });
  return (
    <Card level={1} title={t("request.title", { name: contact.name })} about={t("request.text")}>
      <Person name={contact.name} acct={contact.acct} address={contact.address} />
      <CheckWords words={contact.check_words} />
      {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
      <div className="card-actions">
        <Button look="solid" busy={busy === "accept"} onClick={() => void accept()}>
          {t("accept")}
        </Button>
        <Button busy={busy === "delete"} onClick={() => void drop()}>
          {t("delete")}
        </Button>
        <Button busy={busy === "block"} onClick={() => void block()}>
          {t("block")}
        </Button>
      </div>
    </Card>
  );
}
