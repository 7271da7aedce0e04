import { useState } from "react";
import { useLocation } from "wouter";
import { asApiError } from "~/api/errors.ts";
import type { GroupKind, Joined } from "~/api/types.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { problemText, t } from "../text.ts";
import "./invite.css";

export interface Prospect {
  conversation: string;
  kind: GroupKind;
  name: string; // "" while it is hidden
  description: string;
  picture: string;
  rules: string;
  members: number; // 0 while it is hidden
  approval: boolean;
  joined: boolean;
  by_name: string;
}

interface JoinCardProps {
  prospect: Prospect;
  onJoin(rulesAccepted: boolean): Promise<Joined>;
  onBack(): void;
}

// JoinCard shows where one is about to go in, and its rules, before anybody
// there learns of it.
export function JoinCard({ prospect, onJoin, onBack }: JoinCardProps) {
  const { conversation, kind, description, rules, approval, by_name } = prospect;
  const [, go] = useLocation();
  const [accepted, setAccepted] = useState(false);
  const [unseen, setUnseen] = useState(false); // it has rules that nobody showed
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const name = prospect.name || t("join.hidden.name", { kind });
  const asksRules = rules !== "" || unseen;
  const enter = async () => {
    if (asksRules && !accepted) return setProblem(t("join.rules.missing"));
    setBusy(true);
    setProblem(undefined);
    try {
      const { state, conversation: id } = await onJoin(accepted);
      if (state === "asked") return setAsked(true);
      toast(t("joined", { name }));
      go(`/c/${id}`);
    } catch (cause) {
      if (asApiError(cause).code === "rules") setUnseen(true);
      setProblem(problemText(cause));
    } finally {
      setBusy(false);
    }
  };
  if (asked) {
    return (
      <Card level={1} title={t("join.asked.title")} about={t("join.asked")}>
        <Head prospect={prospect} name={name} />
        <div className="card-actions">
          <Button look="solid" autoFocus onClick={onBack}>
            {t("close")}
          </Button>
        </div>
      </Card>
    );
  }
  return (
    <Card level={1} title={t("join.title", { kind })}>
      <Head prospect={prospect} name={name} />
      {prospect.name === "" && <p className="muted">{t("join.hidden")}</p>}
      {description !== "" && (
        <p className="join-text" dir="auto">
          {description}
        </p>
      )}
      {prospect.joined ? (
        <p className="muted">{t("join.known")}</p>
      ) : (
        <>
          {asksRules && (
            <section className="join-rules" aria-label={t("join.rules")}>
              <h2 className="small">{t("join.rules")}</h2>
              <p className="join-text" dir="auto" tabIndex={0}>
                {rules || t("join.rules.unseen")}
              </p>
              <label className="join-accept">
                <input type="checkbox" checked={accepted}
                  onChange={(event) => {
                    setAccepted(event.target.checked);
                    setProblem(undefined);
                  }} />
                {t("join.rules.accept")}
              </label>
            </section>
          )}
          <p className="muted">{by_name ? `${t("join.by", { name: by_name })}. ` : ""}{t(approval ? "join.approval" : "join.nothing")}</p>
        </>
      )}
      {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
      <div className="card-actions">
        {prospect.joined ? (
          <Button look="solid" autoFocus onClick={() => go(`/c/${conversation}`)}>
            {t("join.open")}
          </Button>
        ) : (
          <Button look="solid" busy={busy} autoFocus={rules === ""} onClick={() => void enter()}>
            {t(approval ? "join.ask" : "join.go")}
          </Button>
        )}
        <Button onClick={onBack}>{t("join.back")}</Button>
      </div>
    </Card>
  );
}

function Head({ prospect, name }: { prospect: Prospect; name: string }) {
  const { conversation, kind, picture, members } = prospect;
  return (
    <div className="join-group">
      <Avatar name={name} seed={conversation} size="large" shape="square" picture={picture} />
      <div>
        <p className="join-name">
          <bdi>{name}</bdi>
        </p>
        <p className="muted small">
          {t("join.kind", { kind })}
          {members > 0 && ` · ${t("join.members", { count: members })}`}
        </p>
      </div>
    </div>
  );
}
