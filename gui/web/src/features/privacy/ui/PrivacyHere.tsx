import { useCallback, useState } from "react";
import { asApiError } from "~/api/errors.ts";
import type { Conversation, ConversationPrivacy } from "~/api/types.ts";
import { useLoaded } from "~/api/useLoaded.ts";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { Select } from "~/kit/primitives/Select.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { readPrivacyIn, setPrivacyIn } from "../settings.ts";
import { t } from "../text.ts";

const choices = ["default", "on", "off"] as const;
type Value = ConversationPrivacy["receipts"];

// PrivacyHere lets one conversation differ from the settings.
export default function PrivacyHere({ conversation: { id } }: { conversation: Conversation }) {
  const read = useCallback(() => readPrivacyIn(id), [id]);
  const { data, error, reload } = useLoaded(read);
  const [problem, setProblem] = useState<string>();
  const set = async (change: Partial<ConversationPrivacy>) => {
    try {
      setProblem(undefined);
      await setPrivacyIn(id, change);
      reload();
    } catch (cause) {
      setProblem(t("failed", { reason: asApiError(cause).detail }));
    }
  };
  const options = choices.map((value) => ({ value, label: t(`choice.${value}`) }));
  const said = problem ?? (error && t("failed", { reason: error.detail }));
  return (
    <Card title={t("here.title")} about={t("here.about")}>
      {said !== undefined && <Alert tone="danger">{said}</Alert>}
      {data ? (
        <>
          <Select<Value> label={t("here.receipts")} value={data.receipts} options={options} onChange={(receipts) => void set({ receipts })} />
          <Select<Value> label={t("here.typing")} value={data.typing} options={options} onChange={(typing) => void set({ typing })} />
        </>
      ) : (
        said === undefined && <Spinner />
      )}
    </Card>
  );
}
