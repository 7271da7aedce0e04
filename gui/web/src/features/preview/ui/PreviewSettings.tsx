import { useEffect, useState } from "react";
import type { Me } from "~/api/types.ts";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { Switch } from "~/kit/primitives/Choice.tsx";
import { useSlice } from "~/stream/store.ts";
import { allow, choose, know, previews } from "../state.ts";
import { t } from "../text.ts";

// PreviewSettings turns previews on and off, for the person and, for its
// owner, on the node.
export default function PreviewSettings({ me }: { me: Me }) {
  const choice = useSlice(previews, (part) => part.choice);
  const [problem, setProblem] = useState<string>();
  useEffect(() => void know(), []);
  const keep = (saving: Promise<string | undefined>) => void saving.then(setProblem);
  if (!choice) return <p role="status">{t("loading")}</p>;
  return (
    <Card level={1} title={t("title")}>
      {!choice.allowed && <Alert tone="info">{t("forbidden")}</Alert>}
      <Switch label={t("mine")} about={t("mine.about")} checked={choice.mode === "on"} disabled={!choice.allowed} onChange={(on) => keep(choose(on ? "on" : "off"))} />
      {me.owner && <Switch label={t("node")} about={t("node.about")} checked={choice.allowed} onChange={(on) => keep(allow(on))} />}
      {problem !== undefined && <Alert tone="danger">{t("failed", { reason: problem })}</Alert>}
    </Card>
  );
}
