import { Link2, QrCode as QrIcon } from "lucide-react";
import { lazy, Suspense, useCallback, useState, type FormEvent } from "react";
import type { GroupInvite } from "~/api/types.ts";
import { useLoaded } from "~/api/useLoaded.ts";
import { fullTime } from "~/i18n/time.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Switch } from "~/kit/primitives/Choice.tsx";
import { CopyBox } from "~/kit/primitives/CopyBox.tsx";
import { Select } from "~/kit/primitives/Select.tsx";
import { listInvites, makeInvite, revoke } from "../commands.ts";
import { problemText, t } from "../text.ts";
import "./invite.css";

const QrCode = lazy(() => import("~/kit/qr/QrCode.tsx"));

// InvitePanel makes, shows and revokes the links into a group.
export function InvitePanel({ conversation }: { conversation: string }) {
  const read = useCallback(() => listInvites(conversation), [conversation]);
  const { data: invites, error, reload } = useLoaded(read);
  const [shown, setShown] = useState<GroupInvite>();
  const [problem, setProblem] = useState<string>();
  const withdraw = async (invite: GroupInvite) => {
    setProblem(undefined);
    try {
      await revoke(conversation, invite.id);
      toast(t("revoked"));
      if (shown?.id === invite.id) setShown(undefined);
    } catch (cause) {
      setProblem(problemText(cause));
    }
    reload();
  };
  return (
    <>
      <section className="group-section">
        <p className="muted small">{t("about")}</p>
        <NewInvite conversation={conversation}
          onMade={(invite) => {
            setShown(invite);
            reload();
          }} />
        {shown?.link !== undefined && <Made key={shown.id} link={shown.link} />}
      </section>
      <section className="group-section">
        <h3>{t("list")}</h3>
        {(problem ?? (error && problemText(error))) !== undefined && (
          <Alert tone="danger">{problem ?? problemText(error)}</Alert>
        )}
        {invites?.length === 0 && <p className="muted">{t("list.none")}</p>}
        <ul className="invites" aria-busy={invites === undefined}>
          {invites?.map((invite) => (
            <InviteRow key={invite.id} invite={invite} shown={invite.id === shown?.id}
              onShow={() => setShown(invite.id === shown?.id ? undefined : invite)} onRevoke={() => void withdraw(invite)} />
          ))}
        </ul>
      </section>
    </>
  );
}

const LASTS = ["86400", "604800", "2592000", "0"] as const;
const USES = ["1", "10", "100", "0"] as const;

function NewInvite({ conversation, onMade }: { conversation: string; onMade(invite: GroupInvite): void }) {
  const [lasts, setLasts] = useState<(typeof LASTS)[number]>("604800");
  const [uses, setUses] = useState<(typeof USES)[number]>("10");
  const [approval, setApproval] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const make = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      onMade(await makeInvite(conversation, { expires_in: Number(lasts), max_uses: Number(uses), approval }));
    } catch (cause) {
      setProblem(problemText(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="invite-form" onSubmit={(event) => void make(event)}>
      <Select<(typeof LASTS)[number]> label={t("new.expires")} value={lasts} onChange={setLasts}
        options={LASTS.map((value) => ({ value, label: t(`new.expires.${value}`) }))} />
      <Select<(typeof USES)[number]> label={t("new.uses")} value={uses} onChange={setUses} options={USES.map((value) => ({ value, label: t(`new.uses.${value}`) }))} />
      <Switch label={t("new.approval")} about={t("new.approval.about")} checked={approval} onChange={setApproval} />
      {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
      <Button look="solid" type="submit" icon={<Link2 />} busy={busy} wide>
        {t("new.go")}
      </Button>
    </form>
  );
}

function Made({ link }: { link: string }) {
  return (
    <div className="invite-made">
      <CopyBox label={t("link")} text={link} copyLabel={t("copy")} copiedLabel={t("copied")} />
      <div className="invite-code">
        <Suspense>
          <QrCode text={link} label={t("qr")} />
        </Suspense>
      </div>
      <p className="muted small">{t("made")}</p>
    </div>
  );
}

interface InviteRowProps {
  invite: GroupInvite;
  shown: boolean;
  onShow(): void;
  onRevoke(): void;
}

function InviteRow({ invite, shown, onShow, onRevoke }: InviteRowProps) {
  const { expires_at, max_uses, uses, approval, link } = invite;
  const created = fullTime(invite.created_at);
  const facts = [
    t("uses", { used: uses, max: max_uses }),
    expires_at ? t("until", { time: fullTime(expires_at) }) : t("forever"),
    ...(approval ? [t("approval")] : []),
  ];
  return (
    <li>
      <div className="invite-text">
        <p>{t("by", { time: created })}</p>
        <p className="muted small">{facts.join(" · ")}</p>
      </div>
      <div className="card-actions">
        {link !== undefined && (
          <Button icon={<QrIcon />} aria-pressed={shown} aria-label={t("show.of", { time: created })} onClick={onShow}>
            {t(shown ? "hide" : "show")}
          </Button>
        )}
        <Button aria-label={t("revoke.of", { time: created })} onClick={onRevoke}>
          {t("revoke")}
        </Button>
      </div>
    </li>
  );
}
