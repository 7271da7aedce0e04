import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { CopyBox } from "~/kit/primitives/CopyBox.tsx";
import { t } from "../text.ts";

// SignedOutGroup tells somebody who is not signed in where to open the link.
export function SignedOutGroup({ link, onLogIn }: { link: string; onLogIn(): void }) {
  return (
    <Card level={1} title={t("signedout.title")} about={t("signedout")}>
      <CopyBox label={t("link")} text={link} copyLabel={t("copy")} copiedLabel={t("copied")} />
      <div className="card-actions">
        <Button look="plain" onClick={onLogIn}>
          {t("signedout.login")}
        </Button>
      </div>
    </Card>
  );
}
