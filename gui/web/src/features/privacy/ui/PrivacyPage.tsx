import { useCallback, useEffect, useState } from "react";
import { asApiError } from "~/api/errors.ts";
import type { PrivacySettings } from "~/api/types.ts";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { Choice, Switch } from "~/kit/primitives/Choice.tsx";
import { Select } from "~/kit/primitives/Select.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { useSlice } from "~/stream/store.ts";
import { privacy, readPrivacy, setPrivacy, type Change } from "../settings.ts";
import { t } from "../text.ts";

const presets = ["open", "balanced", "strict"] as const;
const audiences = ["everyone", "contacts", "nobody"] as const;
type Audience = PrivacySettings["online"];

// PrivacyPage chooses what others see, by a preset or one by one.
export default function PrivacyPage() {
  const now = useSlice(privacy, (settings) => settings);
  const [problem, setProblem] = useState<string>();
  const tried = useCallback(async (work: () => Promise<void>) => {
    try {
      setProblem(undefined);
      await work();
    } catch (cause) {
      setProblem(t("failed", { reason: asApiError(cause).detail }));
    }
  }, []);
  useEffect(() => void tried(readPrivacy), [tried]);
  const set = (change: Change) => void tried(() => setPrivacy(change));
  const failed = problem !== undefined && (
    <Alert tone="danger">
      {problem}{" "}
      <Button look="plain" onClick={() => void tried(readPrivacy)}>
        {t("retry")}
      </Button>
    </Alert>
  );
  if (!now) return failed || <Spinner />;
  const audience = audiences.map((value) => ({ value, label: t(`audience.${value}`) }));
  return (
    <>
      {failed}
      <Card title={t("preset.title")} about={t("preset.about")}>
        <Choice<PrivacySettings["preset"]> label={t("preset")} value={now.preset} options={presets.map((value) => ({ value, label: t(`preset.${value}`) }))}
          onChange={(preset) => preset !== "custom" && set({ preset })} />
        <p className="muted small">{t(`about.${now.preset}`)}</p>
      </Card>
      <Card title={t("detail.title")}>
        <Select<Audience> label={t("online")} value={now.online} options={audience} onChange={(online) => set({ online })} />
        <Select<Audience> label={t("last_seen")} value={now.last_seen} options={audience} onChange={(last_seen) => set({ last_seen })} />
        <Switch label={t("receipts")} about={t("receipts.about")} checked={now.receipts} onChange={(receipts) => set({ receipts })} />
        <Switch label={t("typing")} about={t("typing.about")} checked={now.typing} onChange={(typing) => set({ typing })} />
      </Card>
    </>
  );
}
