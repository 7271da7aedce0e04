import { Ban, Trash2 } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import type { Contact } from "~/api/types.ts";
import { fullTime } from "~/i18n/time.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { change, remove } from "../commands.ts";
import { problemText, t } from "../text.ts";
import { CheckWords } from "./CheckWords.tsx";
import { Person } from "./ContactCard.tsx";
import "./details.css";

interface ContactDetailsProps {
  contact: Contact;
  withChat: boolean;
  children?: ReactNode; // stands before what ends something
}

// ContactDetails tells what is known about a contact, and how to end it.
export function ContactDetails({ contact, withChat, children }: ContactDetailsProps) {
  const [asking, setAsking] = useState<"block" | "delete">();
  const [problem, setProblem] = useState<string>();
  const [, go] = useLocation();
  const { name, acct, node } = contact;
  const run = async (work: () => Promise<unknown>, done: string) => {
    setProblem(undefined);
    setAsking(undefined);
    try {
      await work();
      toast(done);
    } catch (cause) {
      setProblem(problemText(cause));
    }
  };
  const block = () => run(() => change(acct, "block"), t("blocked.done", { name }));
  const unblock = () => run(() => change(acct, "unblock"), t("unblocked", { name }));
  const drop = () => run(() => remove(acct).then(() => go("/contacts")), t("removed"));
  return (
    <div className="details">
      <Person name={name} acct={acct} address={contact.address} />
      {withChat && contact.state !== "blocked" && (
        <Link href={`/c/${contact.conversation}`} className="button button-solid">
          {t("panel.message")}
        </Link>
      )}
      <dl className="details-list">
        <dt>{t("card.words")}</dt>
        <dd>
          <CheckWords words={contact.check_words} />
          <p className="muted small">{t("card.words.text")}</p>
        </dd>
        <dt>{t("panel.node")}</dt>
        <dd>
          {node.connected
            ? t("panel.node.on")
            : node.last_seen
              ? t("panel.node.off", { time: fullTime(node.last_seen) })
              : t("panel.node.never")}
        </dd>
      </dl>
      {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
      {children}
      <div className="button-rows details-end" role="group" aria-label={t("panel.end")}>
        {contact.state === "blocked" ? (
          <Button look="plain" icon={<Ban />} onClick={() => void unblock()}>
            {t("unblock")}
          </Button>
        ) : (
          <Button look="plain" icon={<Ban />} className="button-red" onClick={() => setAsking("block")}>
            {t("block")}
          </Button>
        )}
        <Button look="plain" icon={<Trash2 />} className="button-red" onClick={() => setAsking("delete")}>
          {t("panel.delete")}
        </Button>
      </div>
      {asking && (
        <Dialog title={t(`panel.${asking}.sure`, { name })} closeLabel={t("close")} onClose={() => setAsking(undefined)}>
          <p>{t(`panel.${asking}.text`)}</p>
          <div className="card-actions">
            <Button look="danger" onClick={() => void (asking === "block" ? block() : drop())}>
              {asking === "block" ? t("block") : t("panel.delete")}
            </Button>
            <Button onClick={() => setAsking(undefined)}>{t("cancel")}</Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}
