import { useCallback, useState } from "react";
import { asApiError } from "~/api/errors.ts";
import { api, call } from "~/api/http.ts";
import type { Me, UrgentFrom } from "~/api/types.ts";
import { useLoaded } from "~/api/useLoaded.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { Options } from "~/kit/primitives/Options.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { t } from "../text.ts";

const ALL: readonly UrgentFrom[] = ["nobody", "contacts", "everybody"];

// UrgentPage chooses whose urgent messages pass do-not-disturb.
export function UrgentPage(_: { me: Me }) {
  const read = useCallback(() => call(api.GET("/api/v1/me/urgent")), []);
  const { data, error, reload } = useLoaded(read);
  const [chosen, setChosen] = useState<UrgentFrom>();
  const set = async (urgent_from: UrgentFrom) => {
    const before = chosen;
    setChosen(urgent_from);
    try {
      await call(api.PUT("/api/v1/me/urgent", { body: { urgent_from } }));
      toast(t("setting.saved"));
    } catch (cause) {
      setChosen(before);
      toast(t("setting.failed", { reason: asApiError(cause).detail }));
    }
  };
  if (!data) {
    return error ? (
      <Alert tone="danger">
        <p>{t("setting.error")}</p>
        <Button onClick={reload}>{t("retry")}</Button>
      </Alert>
    ) : (
      <Spinner />
    );
  }
  return (
    <Card title={t("setting.title")} about={t("setting.about")}>
      <Options label={t("setting")} value={chosen ?? data.urgent_from} onChange={(value) => void set(value)}
        options={ALL.map((value) => ({ value, label: t(`setting.${value}`) }))} />
    </Card>
  );
}
