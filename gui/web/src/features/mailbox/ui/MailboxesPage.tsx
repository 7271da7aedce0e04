import { Eye, EyeOff, Mailbox as MailboxIcon } from "lucide-react";
import { useRef, useState, type FormEvent, type ReactNode } from "react";
import type { Mailbox } from "~/api/types.ts";
import { useLoaded } from "~/api/useLoaded.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card, Empty } from "~/kit/primitives/Card.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { fault, hostOf, MOST, type Fault } from "../address.ts";
import { listMailboxes, setMailboxes } from "../commands.ts";
import { problemText, t } from "../text.ts";
import { MailboxRow } from "./MailboxRow.tsx";
import "./mailbox.css";

const AGAIN = 5000; // a node that was asked answers within seconds

// MailboxesPage chooses the nodes that keep messages while this one is away.
export function MailboxesPage() {
  const { data, error, reload } = useLoaded(listMailboxes, AGAIN);
  const [leaving, setLeaving] = useState<Mailbox>();
  const addresses = data?.map((one) => one.address) ?? [];
  const choose = async (wanted: readonly string[], done: string) => {
    await setMailboxes(wanted);
    toast(done);
    reload();
  };
  return (
    <>
      <Card title={t("title")} about={t("about")}>
        {error && (
          <Alert tone="danger">
            {problemText(error)}{" "}
            <Button look="plain" onClick={reload}>
              {t("retry")}
            </Button>
          </Alert>
        )}
        {data === undefined ? (
          !error && <Spinner />
        ) : data.length === 0 ? (
          <Empty icon={<MailboxIcon />} title={t("empty.title")}>
            {t("empty.text")}
          </Empty>
        ) : (
          <ul className="mailboxes" aria-label={t("list")}>
            {data.map((one, index) => (
              <MailboxRow key={one.address} mailbox={one} first={index === 0 && data.length > 1} onRemove={() => setLeaving(one)} />
            ))}
          </ul>
        )}
        {data !== undefined && (data.length < MOST ? <AddForm others={addresses} onAdd={(one) => choose([...addresses, one], t("added", { host: hostOf(one) }))} /> : <p className="muted small">{t("full")}</p>)}
      </Card>
      <Learns />
      {leaving && (
        <RemoveDialog host={hostOf(leaving.address)} onClose={() => setLeaving(undefined)}
          onSure={() => choose(addresses.filter((one) => one !== leaving.address), t("removed", { host: hostOf(leaving.address) }))} />
      )}
    </>
  );
}

function AddForm({ others, onAdd }: { others: readonly string[]; onAdd(address: string): Promise<void> }) {
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState<Fault>();
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const add = async (event: FormEvent) => {
    event.preventDefault();
    const address = typed.trim();
    const found = fault(address, others);
    setWrong(found);
    setProblem(undefined);
    if (found) {
      field.current?.focus();
      return;
    }
    setBusy(true);
    try {
      await onAdd(address);
      setTyped("");
    } catch (cause) {
      setProblem(problemText(cause));
    }
    setBusy(false);
  };
  return (
    <form className="mailbox-add" noValidate onSubmit={(event) => void add(event)}>
      <Field label={t("add.label")} hint={t("add.hint")} value={typed} ref={field} autoComplete="off" autoCapitalize="none" spellCheck={false} dir="ltr"
        problem={wrong ? t(`add.${wrong}`) : problem}
        onChange={(event) => {
          setTyped(event.target.value);
          setWrong(undefined);
          setProblem(undefined);
        }} />
      <Button look={others.length === 0 ? "solid" : "soft"} type="submit" busy={busy}>
        {t("add.go")}
      </Button>
    </form>
  );
}

function RemoveDialog({ host, onSure, onClose }: { host: string; onSure(): Promise<void>; onClose(): void }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const run = async () => {
    setBusy(true);
    try {
      await onSure();
      onClose();
    } catch (cause) {
      setProblem(problemText(cause));
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("remove.sure")} closeLabel={t("close")} onClose={onClose}>
      <p>{t("remove.text", { host })}</p>
      {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
      <div className="card-actions">
        <Button look="danger" busy={busy} onClick={() => void run()}>
          {t("remove")}
        </Button>
        <Button onClick={onClose}>{t("cancel")}</Button>
      </div>
    </Dialog>
  );
}

// Learns says what one gives away by having a mailbox.
function Learns() {
  return (
    <Card title={t("learns.title")}>
      <div className="mailbox-learns">
        <Points icon={<Eye />} title={t("learns.yes")} points={[t("learns.yes.1"), t("learns.yes.2"), t("learns.yes.3")]} />
        <Points icon={<EyeOff />} title={t("learns.no")} points={[t("learns.no.1"), t("learns.no.2"), t("learns.no.3")]} />
      </div>
      <p className="muted small">{t("learns.can")}</p>
    </Card>
  );
}

function Points({ icon, title, points }: { icon: ReactNode; title: string; points: readonly string[] }) {
  return (
    <div>
      <h3>
        <span aria-hidden="true">{icon}</span>
        {title}
      </h3>
      <ul>
        {points.map((point) => (
          <li key={point}>{point}</li>
        ))}
      </ul>
    </div>
  );
}
