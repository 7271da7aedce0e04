import { List, Pin } from "lucide-react";
import { useRef, useState } from "react";
import { useLocation } from "wouter";
import type { Conversation, Pin as Pinned } from "~/api/types.ts";
import { IconButton } from "~/kit/primitives/Button.tsx";
import { askJump } from "~/stream/jump.ts";
import { t } from "../text.ts";
import { usePins } from "../usePins.ts";
import "./mark.css";

// PinStrip stands under the head of a chat: a press shows the pinned message in the chat and brings the one before it.
export function PinStrip({ conversation }: { conversation: Conversation }) {
  const now = usePins(conversation.id);
  const kept = useRef<{ id: string; pins: readonly Pinned[] }>(undefined); // what stands there while it is read anew
  if (now) kept.current = { id: conversation.id, pins: now };
  const pins = now ?? (kept.current?.id === conversation.id ? kept.current.pins : []);
  const [at, setAt] = useState(0);
  const [, go] = useLocation();
  const shown = pins[at % Math.max(pins.length, 1)];
  if (!shown) return null;
  const index = pins.indexOf(shown);
  return (
    <div className="pin-strip" role="group" aria-label={t("pins")}>
      <button type="button" className="pin-strip-message"
        onClick={() => {
          askJump(conversation.id, shown.message.id);
          setAt((index + 1) % pins.length);
        }}>
        <Pin aria-hidden="true" />
        <span className="pin-strip-text">
          <span className="pin-strip-title">
            {t("pins.strip")}
            {pins.length > 1 && <span className="muted">{t("pins.position", { at: index + 1, count: pins.length })}</span>}
          </span>
          <bdi className="pin-strip-line">{shown.message.text}</bdi>
        </span>
      </button>
      <IconButton label={t("pins.all")} icon={<List />} onClick={() => go(`/c/${conversation.id}?p=pins`)} />
    </div>
  );
}
