import { Link } from "wouter";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { t } from "../text.ts";
import { useFragment } from "./fragment.ts";
import { Frame } from "./Frame.tsx";
import { NewAccountForm } from "./NewAccountForm.tsx";

export function JoinPage({ onDone }: { onDone(): void }) {
  const [invite] = useFragment("");
  return (
    <Frame>
      <Card level={1} title={t("join.title")} about={t("join.text")}>
        {invite ? (
          <NewAccountForm token={{ invite }} action={t("join.go")} onDone={onDone} />
        ) : (
          <Alert tone="warning">{t("join.nocode")}</Alert>
        )}
        <div className="frame-links">
          <Link href="/unlock">{t("unlock.go")}</Link>
        </div>
      </Card>
    </Frame>
  );
}
