import { RefreshCw } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import type { Me } from "~/api/types.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { CopyBox } from "~/kit/primitives/CopyBox.tsx";
import { renewLink } from "../commands.ts";
import { problemText, t } from "../text.ts";
import { CheckWords } from "./CheckWords.tsx";
import "./mycard.css";

const QrCode = lazy(() => import("~/kit/qr/QrCode.tsx"));

// MyCard is what a person hands out: code, link, address and check words.
export function MyCard({ me }: { me: Me }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const renew = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await renewLink();
      toast(t("mine.renewed"));
    } catch (cause) {
      setProblem(problemText(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card title={t("mine.title")} about={t("mine.text")}>
      <div className="mycard">
        <div className="mycard-qr">
          <Suspense>
            <QrCode text={me.contact_link} label={t("mine.qr")} />
          </Suspense>
        </div>
        <div className="mycard-text">
          <CopyBox label={t("mine.link")} text={me.contact_link} copyLabel={t("copy")} copiedLabel={t("copied")} />
          <CopyBox label={t("mine.address")} text={me.address} copyLabel={t("copy")} copiedLabel={t("copied")} />
          <div>
            <h3 className="small">{t("mine.words")}</h3>
            <CheckWords words={me.check_words} />
            <p className="muted small">{t("mine.words.text")}</p>
          </div>
          <Button look="plain" icon={<RefreshCw />} busy={busy} onClick={() => void renew()}>
            {t("mine.renew")}
          </Button>
          {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
        </div>
      </div>
    </Card>
  );
}
