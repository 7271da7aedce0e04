import { useCallback } from "react";
import type { MessageReceipt } from "~/api/types.ts";
import { useLoaded } from "~/api/useLoaded.ts";
import { fullTime } from "~/i18n/time.ts";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { readInfo, sorted } from "../info.ts";
import { t } from "../text.ts";
import "./info.css";

const AGAIN = 5000; // others go on reading

interface InfoDialogProps {
  conversation: string;
  message: string;
  onClose(): void;
}

// InfoDialog lists who has an own message and who read it.
export function InfoDialog({ conversation, message, onClose }: InfoDialogProps) {
  const read = useCallback(() => readInfo(conversation, message), [conversation, message]);
  const { data, error, reload } = useLoaded(read, AGAIN);
  return (
    <Dialog title={t("info")} closeLabel={t("close")} onClose={onClose}>
      {!data && !error && <Spinner />}
      {!data && error && (
        <div role="alert">
          <p>{error.code === "conflict" ? error.detail : t("error")}</p>
          <Button onClick={reload}>{t("retry")}</Button>
        </div>
      )}
      {data && (
        <div className="receipts" tabIndex={0} role="group" aria-label={t("info")}>
          {(["read", "delivered", "waiting"] as const).map((part) => (
            <People key={part} part={part} people={sorted(data)[part]} />
          ))}
        </div>
      )}
    </Dialog>
  );
}

function People({ part, people }: { part: "read" | "delivered" | "waiting"; people: readonly MessageReceipt[] }) {
  if (people.length === 0) return null;
  return (
    <section>
      <h3>
        {t(part)} <span className="muted small">{t("count", { count: people.length })}</span>
      </h3>
      <ul>
        {people.map((one) => (
          <li key={one.account}>
            <Avatar name={one.name} seed={one.account} size="small" />
            <bdi className="receipts-name">{one.name}</bdi>
            {one.read_at !== undefined && (
              <time className="muted small" dateTime={one.read_at}>
                {t("read.at", { time: fullTime(one.read_at) })}
              </time>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
