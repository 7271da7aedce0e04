import { useCallback, useEffect, useState } from "react";
import type { JoinRequest } from "~/api/types.ts";
import { useLoaded } from "~/api/useLoaded.ts";
import { fullTime } from "~/i18n/time.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { answer, listRequests } from "../commands.ts";
import { problemText, t } from "../text.ts";
import "./member.css";

const AGAIN = 60_000; // only in case a change went unnoticed: the stream tells of a new request at once

interface RequestsProps {
  conversation: string;
  updated: unknown; // another one with each change of the conversation: asks anew
}

// Requests lists who asks to join, for those who may let them in. It takes no
// room while nobody asks.
export function Requests({ conversation, updated }: RequestsProps) {
  const read = useCallback(() => listRequests(conversation), [conversation]);
  const { data, reload } = useLoaded(read, AGAIN);
  const [busy, setBusy] = useState<string>();
  const [problem, setProblem] = useState<string>();
  useEffect(reload, [updated, reload]);
  const decide = async ({ account, name }: JoinRequest, accepted: boolean) => {
    setBusy(`${account} ${accepted}`);
    setProblem(undefined);
    try {
      await answer(conversation, account, accepted);
      toast(t(accepted ? "request.accepted" : "request.declined", { name }));
    } catch (cause) {
      setProblem(problemText(cause));
    }
    setBusy(undefined);
    reload();
  };
  if (!data || data.length === 0) return null;
  return (
    <section className="requests" aria-label={t("requests")}>
      <h3>{t("requests")}</h3>
      {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
      <ul>
        {data.map((request) => {
          const { account, name, at } = request;
          return (
            <li key={account} className="request-row">
              <Avatar name={name} seed={account} />
              <div className="member-text">
                <bdi className="member-name">{name}</bdi>
                <span className="muted small">{t("request.at", { time: fullTime(at) })}</span>
              </div>
              <div className="card-actions">
                <Button look="solid" aria-label={t("request.accept.of", { name })} busy={busy === `${account} true`} onClick={() => void decide(request, true)}>
                  {t("request.accept")}
                </Button>
                <Button aria-label={t("request.decline.of", { name })} busy={busy === `${account} false`} onClick={() => void decide(request, false)}>
                  {t("request.decline")}
                </Button>
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
