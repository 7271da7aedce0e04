import { api, call } from "~/api/http.ts";
import type { Me } from "~/api/types.ts";
import { useLoaded } from "~/api/useLoaded.ts";
import { Card } from "~/kit/primitives/Card.tsx";
import { t } from "../text.ts";

const readSetup = () => call(api.GET("/api/v1/setup"));

// AboutPage says honestly who holds the keys: on the own node, and on a node
// that somebody else runs.
export function AboutPage({ me }: { me: Me }) {
  const { data: setup } = useLoaded(readSetup);
  return (
    <Card title={t("about.title")}>
      <p>{t("about.text")}</p>
      <p>{me.owner ? t("about.own") : t("about.other")}</p>
      <p>{t("about.never")}</p>
      <p className="muted small">
        {setup && t("about.version", { version: setup.version })}
        <br />
        {t("about.peer")} <span className="code">{setup?.node.peer_id}</span>
      </p>
    </Card>
  );
}
