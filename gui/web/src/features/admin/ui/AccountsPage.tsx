import { useState, type FormEvent } from "react";
import type { NodeAccount } from "~/api/types.ts";
import { useLoaded } from "~/api/useLoaded.ts";
import { shortTime } from "~/i18n/time.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Tag } from "~/kit/primitives/Badge.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { listAccounts, suspend } from "../commands.ts";
import { problemText, t } from "../text.ts";
import { Problem } from "./Problem.tsx";
import "./admin.css";

export function AccountsPage() {
  const { data: accounts, error, reload } = useLoaded(listAccounts);
  const [asking, setAsking] = useState<NodeAccount>();
  const restore = async (account: NodeAccount) => {
    try {
      await suspend(account.acct, false, "");
      toast(t("accounts.restored.done", { name: account.display_name }));
    } catch (cause) {
      toast(problemText(cause));
    }
    reload();
  };
  return (
    <>
      <Problem error={error} onRetry={reload} />
      <Card title={t("accounts.title")} about={t("accounts.about")}>
        <ul className="rows" aria-busy={accounts === undefined}>
          {accounts?.map((account) => (
            <AccountRow key={account.acct} account={account} onSuspend={() => setAsking(account)}
              onRestore={() => void restore(account)} />
          ))}
        </ul>
      </Card>
      {asking && (
        <SuspendDialog account={asking}
          onClose={() => {
            setAsking(undefined);
            reload();
          }} />
      )}
    </>
  );
}

interface AccountRowProps {
  account: NodeAccount;
  onSuspend(): void;
  onRestore(): void;
}

function AccountRow({ account, onSuspend, onRestore }: AccountRowProps) {
  const name = account.display_name || account.name;
  return (
    <li>
      <Avatar name={name} seed={account.acct} />
      <div className="rows-main">
        <p className="rows-title">
          <bdi>{name}</bdi>
          {account.owner && <Tag>{t("accounts.owner")}</Tag>}
          {account.sealed && <Tag>{t("accounts.sealed")}</Tag>}
          {account.suspended && <Tag tone="danger">{t("accounts.suspended")}</Tag>}
        </p>
        <p className="muted small">
          <span className="code">{account.name}</span> · {t("accounts.since", { time: shortTime(account.created_at) })}
        </p>
        {account.suspended && account.reason && <p className="small">{t("accounts.reason", { reason: account.reason })}</p>}
      </div>
      {account.suspended ? (
        <Button aria-label={t("accounts.restore.of", { name })} onClick={onRestore}>
          {t("accounts.restore")}
        </Button>
      ) : (
        !account.owner && (
          <Button aria-label={t("accounts.suspend.of", { name })} onClick={onSuspend}>
            {t("accounts.suspend")}
          </Button>
        )
      )}
    </li>
  );
}

function SuspendDialog({ account, onClose }: { account: NodeAccount; onClose(): void }) {
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const name = account.display_name || account.name;
  const apply = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await suspend(account.acct, true, reason);
      toast(t("accounts.suspended.done", { name }));
      onClose();
    } catch (cause) {
      setProblem(problemText(cause));
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("accounts.suspend.title", { name })} closeLabel={t("close")} onClose={onClose}>
      <p>{t("accounts.suspend.text")}</p>
      <form className="form" onSubmit={(event) => void apply(event)}>
        <Field label={t("accounts.suspend.reason")} value={reason} required maxLength={500} dir="auto" problem={problem}
          onChange={(event) => setReason(event.target.value)} />
        <div className="card-actions">
          <Button look="danger" type="submit" busy={busy}>
            {t("accounts.suspend")}
          </Button>
          <Button onClick={onClose}>{t("cancel")}</Button>
        </div>
      </form>
    </Dialog>
  );
}
