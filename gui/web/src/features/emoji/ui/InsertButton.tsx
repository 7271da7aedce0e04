import { Smile } from "lucide-react";
import { EmojiPopup } from "~/kit/emojis/EmojiPopup.tsx";
import { IconButton } from "~/kit/primitives/Button.tsx";
import { openDialog } from "~/slots/dialogs.tsx";
import type { Compose } from "~/slots/types.ts";
import { t } from "../text.ts";

// InsertButton opens the picker and puts what is chosen where the caret is.
export function InsertButton({ compose }: { compose: Compose }) {
  return (
    <IconButton label={t("insert")} icon={<Smile />} aria-haspopup="dialog"
      onClick={({ currentTarget }) => openDialog((close) => <EmojiPopup at={currentTarget} onClose={close} onPick={compose.insert} />)} />
  );
}
