import { useCallback } from "react";
import { useLoaded } from "~/api/useLoaded.ts";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { accept, preview } from "../commands.ts";
import { problemText, t } from "../text.ts";
import { JoinCard } from "./JoinCard.tsx";

// GroupLanding is where a link into a group leads somebody who is signed in.
export function GroupLanding({ link, onBack }: { link: string; onBack(): void }) {
  const read = useCallback(() => preview(link), [link]);
  const { data, error, reload } = useLoaded(read);
  if (data) return <JoinCard prospect={data} onJoin={(rules) => accept(link, rules)} onBack={onBack} />;
  return (
    <Card level={1} title={t("join.title.plain")}>
      {error ? (
        <Alert tone="danger">{problemText(error)}</Alert>
      ) : (
        <p className="muted" role="status">
          <Spinner /> {t("join.looking")}
        </p>
      )}
      <div className="card-actions">
        {error && (
          <Button look="solid" onClick={reload}>
            {t("join.again")}
          </Button>
        )}
        <Button onClick={onBack}>{t("join.back")}</Button>
      </div>
    </Card>
  );
}
