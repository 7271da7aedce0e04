// Opens the picker for a message, and the list of who reacted to it.
import { lazy } from "react";
import { EmojiPopup } from "~/kit/emojis/EmojiPopup.tsx";
import { openDialog } from "~/slots/dialogs.tsx";
import type { Row } from "~/stream/model.ts";
import { react } from "./commands.ts";

const WhoDialog = lazy(async () => ({ default: (await import("./ui/WhoDialog.tsx")).WhoDialog }));

export function pickFor(row: Row): void {
  const place = document.querySelector(`[data-row="${CSS.escape(row.key)}"] .message-actions`) ?? document.querySelector(`[data-row="${CSS.escape(row.key)}"]`);
  openDialog((close) => <EmojiPopup at={place ?? document.body} onClose={close} onPick={(emoji) => void react(row, { emoji })} />);
}

export function showWho({ conversation, id }: Row): void {
  openDialog((close) => <WhoDialog conversation={conversation} message={id} onClose={close} />);
}
