import { useListed } from "~/api/useListed.ts";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { reactorsOf } from "../commands.ts";
import { signKey } from "../pending.ts";
import { t } from "../text.ts";
import { Sign } from "./Sign.tsx";
import "./reaction.css";

interface WhoDialogProps {
  conversation: string;
  message: string;
  onClose(): void;
}

// WhoDialog lists who put which emoji to a message.
export function WhoDialog({ conversation, message, onClose }: WhoDialogProps) {
  const [list, load] = useListed((before) => reactorsOf(conversation, message, before), message);
  return (
    <Dialog title={t("who")} closeLabel={t("close")} onClose={onClose}>
      <ul className="reactors" tabIndex={0} aria-label={t("who")}>
        {list.items.map((one) => (
          <li key={one.account}>
            <Avatar name={one.name} seed={one.account} />
            <bdi>{one.name}</bdi>
            <span className="reactors-signs">
              {one.reactions.map((sign) => (
                <span key={signKey(sign)}>
                  <Sign conversation={conversation} sign={sign} />
                </span>
              ))}
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
