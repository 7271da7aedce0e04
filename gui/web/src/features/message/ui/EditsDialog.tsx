import { useCallback } from "react";
import { useLoaded } from "~/api/useLoaded.ts";
import { fullTime } from "~/i18n/time.ts";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { MessageText } from "../text/MessageText.tsx";
import { editsOf } from "../commands.ts";
import { t } from "../text.ts";
import "./edits.css";

interface EditsDialogProps {
  conversation: string;
  message: string;
  onClose(): void;
}

// EditsDialog lists the texts that a message had, the newest first.
export function EditsDialog({ conversation, message, onClose }: EditsDialogProps) {
  const read = useCallback(() => editsOf(conversation, message), [conversation, message]);
  const { data, error, reload } = useLoaded(read);
  return (
    <Dialog title={t("edits.title")} closeLabel={t("close")} onClose={onClose}>
      {!data && !error && <Spinner />}
      {!data && error && (
        <div role="alert">
          <p>{t("edits.error")}</p>
          <Button onClick={reload}>{t("retry")}</Button>
        </div>
      )}
      {data && (
        <ol className="edits" tabIndex={0} aria-label={t("edits.title")}>
          {data.toReversed().map((version, index) => (
            <li key={data.length - index}>
              <time dateTime={version.at}>
                {t(index === data.length - 1 ? "edits.first" : index === 0 ? "edits.now" : "edits.then", { time: fullTime(version.at) })}
              </time>
              <MessageText text={version.text} conversation={conversation} />
            </li>
          ))}
        </ol>
      )}
    </Dialog>
  );
}
