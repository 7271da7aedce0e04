import { Smile } from "lucide-react";
import { IconButton } from "~/kit/primitives/Button.tsx";
import { openDialog } from "~/slots/dialogs.tsx";
import type { Compose } from "~/slots/types.ts";
import { t } from "../text.ts";
import { Choice } from "./Choice.tsx";

// InsertButton opens the picker and puts what is chosen where the caret is. Behind a name a space follows: written on to, it would be none.
export function InsertButton({ compose }: { compose: Compose }) {
  return (
    <IconButton label={t("insert")} icon={<Smile />} aria-haspopup="dialog"
      onClick={({ currentTarget }) =>
        openDialog((close) => (
          <Choice at={currentTarget} conversation={compose.conversation} onClose={close} onPick={(emoji, picture) => compose.insert(picture === undefined ? emoji : `${emoji} `)} />
        ))} />
  );
}
