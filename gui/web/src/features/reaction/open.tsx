// Opens the picker for a message, and the list of who reacted to it.
import { lazy } from "react";
import { EmojiPopup } from "~/kit/emojis/EmojiPopup.tsx";
import { openDialog } from "~/slots/dialogs.tsx";
import { slots } from "~/slots/slots.ts";
import type { Row } from "~/stream/model.ts";
import { react } from "./commands.ts";

const WhoDialog = lazy(async () => ({ default: (await import("./ui/WhoDialog.tsx")).WhoDialog }));

export function pickFor(row: Row): void {
  const place = document.querySelector(`[data-row="${CSS.escape(row.key)}"] .message-actions`) ?? document.querySelector(`[data-row="${CSS.escape(row.key)}"]`);
  const Popup = slots("emojiChoices")[0]?.Popup ?? EmojiPopup;
  openDialog((close) => (
    <Popup at={place ?? document.body} conversation={row.conversation} onClose={close} onPick={(emoji: string, picture?: string) => void react(row, { emoji, picture })} />
  ));
}

export function showWho({ conversation, id }: Row): void {
  openDialog((close) => <WhoDialog conversation={conversation} message={id} onClose={close} />);
}
