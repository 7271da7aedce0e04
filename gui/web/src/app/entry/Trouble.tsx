import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { t } from "../text.ts";
import { Frame } from "./Frame.tsx";

// Silent is shown when the node cannot be asked anything.
export function Silent() {
  return (
    <Frame>
      <Card level={1} title={t("boot.silent.title")} about={t("boot.silent.text")}>
        <Button look="solid" wide onClick={() => location.reload()}>
          {t("boot.retry")}
        </Button>
      </Card>
    </Frame>
  );
}

// Insecure names the true cause: without a secure context the browser has no
// encryption to offer, and everything else would fail with a wrong blame.
export function Insecure() {
  return (
    <Frame>
      <Card level={1} title={t("boot.insecure.title")}>
        <Alert tone="warning">{t("boot.insecure.text")}</Alert>
        <div className="frame-links">
          <p>{t("boot.insecure.fix")}</p>
          <ul>
            <li>{t("boot.insecure.1")}</li>
            <li>{t("boot.insecure.2")}</li>
            <li>{t("boot.insecure.3")}</li>
          </ul>
        </div>
      </Card>
    </Frame>
  );
}
