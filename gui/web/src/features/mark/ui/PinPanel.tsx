import { PinOff } from "lucide-react";
import type { Conversation, Pin } from "~/api/types.ts";
import { fullTime } from "~/i18n/time.ts";
import { IconButton } from "~/kit/primitives/Button.tsx";
import { Excerpt } from "~/kit/primitives/Excerpt.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { askJump } from "~/stream/jump.ts";
import { useStore } from "~/stream/store.ts";
import { mayPin, setPin } from "../commands.ts";
import { t } from "../text.ts";
import { usePins } from "../usePins.ts";
import "./mark.css";

// PinPanel lists the pinned messages of a chat.
export function PinPanel({ conversation }: { conversation: Conversation }) {
  const pins = usePins(conversation.id);
  if (!pins) return <Spinner />;
  if (pins.length === 0) return <p className="muted">{t("pins.none")}</p>;
  return (
    <ul className="mark-list" aria-label={t("pins")}>
      {pins.map((pin) => (
        <Item key={pin.message.id} pin={pin} conversation={conversation} />
      ))}
    </ul>
  );
}

function Item({ pin, conversation }: { pin: Pin; conversation: Conversation }) {
  const { message, by, by_name, at } = pin;
  const me = useStore((state) => state.me?.acct);
  const may = mayPin({ ...message, key: message.id });
  return (
    <li>
      <Excerpt seed={message.author} at={message.sent_at} text={message.text} note={t("pins.by", { name: by === me ? t("you") : by_name, time: fullTime(at) })}
        author={message.author === me ? t("you") : message.author_name || conversation.name} onOpen={() => askJump(conversation.id, message.id)} />
      {may && <IconButton label={t("unpin")} icon={<PinOff />} onClick={() => void setPin(message, false)} />}
    </li>
  );
}
