import { useState } from "react";
import { asApiError } from "~/api/errors.ts";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { end } from "./poll.ts";
import { t } from "./text.ts";

// EndDialog asks before a poll is ended.
export function EndDialog({ conversation, message, onClose }: { conversation: string; message: string; onClose(): void }) {
  const [problem, setProblem] = useState<string>();
  const sure = () => void end(conversation, message).then(onClose, (cause: unknown) => setProblem(t("failed", { reason: asApiError(cause).detail })));
  return (
    <Dialog title={t("end")} closeLabel={t("close")} onClose={onClose}>
      <p>{t("end.sure")}</p>
      {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
      <div className="card-actions">
        <Button look="solid" onClick={sure}>
          {t("end")}
        </Button>
        <Button onClick={onClose}>{t("cancel")}</Button>
      </div>
    </Dialog>
  );
}
