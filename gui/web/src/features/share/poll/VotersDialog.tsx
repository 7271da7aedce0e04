import type { Poll } from "~/api/types.ts";
import { useListed } from "~/api/useListed.ts";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { votersOf } from "./poll.ts";
import { t } from "./text.ts";

// VotersDialog lists who chose what.
export function VotersDialog({ conversation, message, poll, onClose }: { conversation: string; message: string; poll: Poll; onClose(): void }) {
  const [list, load] = useListed((before) => votersOf(conversation, message, before), message);
  return (
    <Dialog title={t("who")} closeLabel={t("close")} onClose={onClose}>
      <ul className="poll-voters" tabIndex={0} aria-label={t("who")}>
        {list.items.map((one) => (
          <li key={one.account}>
            <Avatar name={one.name} seed={one.account} />
            <span>
              <bdi>{one.name}</bdi>
              <bdi className="poll-about">{new Intl.ListFormat(undefined, { type: "unit" }).format(one.options.flatMap((at) => poll.options[at]?.text ?? []))}</bdi>
            </span>
          </li>
        ))}
      </ul>
      {list.status === "loading" && <Spinner />}
      {list.status === "error" && (
        <div role="alert">
          <p>{t("who.error")}</p>
          <Button onClick={() => load(list.next)}>{t("retry")}</Button>
        </div>
      )}
      {list.status === "ready" && list.next !== undefined && <Button onClick={() => load(list.next)}>{t("more")}</Button>}
    </Dialog>
  );
}
