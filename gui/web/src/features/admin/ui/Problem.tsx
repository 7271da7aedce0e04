import type { ApiError } from "~/api/errors.ts";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { problemText, t } from "../text.ts";

export function Problem({ error, onRetry }: { error: ApiError | undefined; onRetry(): void }) {
  if (!error) return null;
  return (
    <Alert tone="danger">
      {problemText(error)}{" "}
      {error.status !== 403 && (
        <Button look="plain" onClick={onRetry}>
          {t("retry")}
        </Button>
      )}
    </Alert>
  );
}
