import { Ticket } from "lucide-react";
import { lazy, Suspense, useState, type FormEvent } from "react";
import type { Invite, NewInvite } from "~/api/types.ts";
import { useLoaded } from "~/api/useLoaded.ts";
import { fullTime } from "~/i18n/time.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card, Empty } from "~/kit/primitives/Card.tsx";
import { Choice } from "~/kit/primitives/Choice.tsx";
import { CopyBox } from "~/kit/primitives/CopyBox.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { deleteInvite, listInvites, makeInvite } from "../commands.ts";
import { problemText, t } from "../text.ts";
import { Problem } from "./Problem.tsx";
import "./admin.css";

const QrCode = lazy(() => import("~/kit/qr/QrCode.tsx"));

export function InvitesPage() {
  const { data: invites, error, reload } = useLoaded(listInvites);
  const [made, setMade] = useState<NewInvite>();
  const withdraw = async (invite: Invite) => {
    try {
      await deleteInvite(invite.id);
      toast(t("invites.deleted"));
      if (made?.id === invite.id) setMade(undefined);
    } catch (cause) {
      toast(problemText(cause));
    }
    reload();
  };
  return (
    <>
      <Problem error={error} onRetry={reload} />
      <Card title={t("invites.title")} about={t("invites.about")}>
        <NewInviteForm
          onMade={(invite) => {
            setMade(invite);
            reload();
          }} />
        {made && <MadeInvite invite={made} />}
      </Card>
      <Card title={t("invites.list")}>
        {invites?.length === 0 ? (
          <Empty icon={<Ticket />} title={t("invites.empty.title")}>
            {t("invites.empty.text")}
          </Empty>
        ) : (
          <ul className="rows" aria-busy={invites === undefined}>
            {invites?.map((invite) => (
              <InviteRow key={invite.id} invite={invite} onDelete={() => void withdraw(invite)} />
            ))}
          </ul>
        )}
      </Card>
    </>
  );
}

const DAYS = ["1", "7", "30"] as const;
const MOST_USES = 100;

function NewInviteForm({ onMade }: { onMade(invite: NewInvite): void }) {
  const [days, setDays] = useState<(typeof DAYS)[number]>("7");
  const [uses, setUses] = useState("1");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const make = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      onMade(await makeInvite(Number(days), Number(uses)));
    } catch (cause) {
      setProblem(problemText(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="form" onSubmit={(event) => void make(event)}>
      <Choice<(typeof DAYS)[number]> label={t("invites.days")} value={days} onChange={setDays}
        options={DAYS.map((value) => ({ value, label: t(`invites.days.${value}`) }))} />
      <Field label={t("invites.uses")} type="number" min={1} max={MOST_USES} required value={uses} problem={problem}
        className="field-short" onChange={(event) => setUses(event.target.value)} />
      <div className="card-actions">
        <Button look="solid" type="submit" busy={busy}>
          {t("invites.new")}
        </Button>
      </div>
    </form>
  );
}

function MadeInvite({ invite }: { invite: NewInvite }) {
  return (
    <>
      <Alert tone="success">{t("invites.made")}</Alert>
      <CopyBox label={t("invites.link")} text={invite.link} copyLabel={t("copy")} copiedLabel={t("copied")} />
      <div className="invite-qr">
        <Suspense>
          <QrCode text={invite.link} label={t("invites.qr")} />
        </Suspense>
      </div>
    </>
  );
}

function InviteRow({ invite, onDelete }: { invite: Invite; onDelete(): void }) {
  const over = new Date(invite.expires_at).getTime() < Date.now();
  const until = fullTime(invite.expires_at);
  const created = fullTime(invite.created_at);
  return (
    <li>
      <div className="rows-main">
        <p className="rows-title">{t("invites.made.at", { time: created })}</p>
        <p className="muted small">
          {t("invites.used", { used: invite.used, max: invite.max_uses })} ·{" "}
          {over ? t("invites.over", { time: until }) : t("invites.until", { time: until })}
        </p>
      </div>
      <Button aria-label={t("invites.delete.of", { time: created })} onClick={onDelete}>
        {t("invites.delete")}
      </Button>
    </li>
  );
}
