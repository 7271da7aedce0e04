import { useEffect, useState } from "react";
import type { Session } from "~/api/types.ts";
import { fullTime } from "~/i18n/time.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Tag } from "~/kit/primitives/Badge.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { useStore } from "~/stream/store.ts";
import { closeSession, listSessions } from "../commands.ts";
import { problemText, t } from "../text.ts";
import "./sessions.css";

export function SessionsPage() {
  const changed = useStore((state) => state.sessionsChanged);
  const [sessions, setSessions] = useState<readonly Session[]>();
  const [problem, setProblem] = useState<string>();
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let gone = false;
    listSessions().then(
      (found) => {
        if (gone) return;
        setSessions(found);
        setProblem(undefined);
      },
      (cause: unknown) => gone || setProblem(problemText(cause)),
    );
    return () => {
      gone = true;
    };
  }, [changed, tries]);

  const close = async (which: readonly Session[], done: string) => {
    try {
      for (const session of which) await closeSession(session.id);
      toast(done);
    } catch (cause) {
      setProblem(problemText(cause));
    }
    setTries((count) => count + 1);
  };
  const others = sessions?.filter((session) => !session.current) ?? [];
  return (
    <Card title={t("sessions.title")} about={t("sessions.about")}>
      {problem !== undefined && (
        <Alert tone="danger">
          {problem}{" "}
          <Button look="plain" onClick={() => setTries(tries + 1)}>
            {t("retry")}
          </Button>
        </Alert>
      )}
      <ul className="sessions" aria-busy={sessions === undefined}>
        {sessions?.map((session) => (
          <li key={session.id} className="sessions-one">
            <div>
              <p className="sessions-client">
                <bdi>{session.client || t("sessions.unknown")}</bdi>
                {session.current && <Tag tone="success">{t("sessions.current")}</Tag>}
              </p>
              <p className="muted small">
                <span className="code">{session.address}</span> · {t("sessions.seen", { time: fullTime(session.last_seen_at) })} ·{" "}
                {t("sessions.since", { time: fullTime(session.created_at) })}
              </p>
            </div>
            {!session.current && (
              <Button aria-label={t("sessions.end.of", { client: session.client || t("sessions.unknown") })}
                onClick={() => void close([session], t("sessions.ended", { client: session.client || t("sessions.unknown") }))}>
                {t("sessions.end")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {others.length > 1 && (
        <div className="card-actions">
          <Button onClick={() => void close(others, t("sessions.others.done"))}>{t("sessions.others")}</Button>
        </div>
      )}
    </Card>
  );
}
