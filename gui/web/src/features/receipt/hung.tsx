// What the slice of reading hangs into the screens.
import { Info } from "lucide-react";
import { lazy } from "react";
import { openDialog } from "~/slots/dialogs.tsx";
import type { Hung, RowAction } from "~/slots/types.ts";
import { getState } from "~/stream/store.ts";
import { t } from "./text.ts";
import { ReadMark } from "./ui/ReadMark.tsx";

const InfoDialog = lazy(async () => ({ default: (await import("./ui/InfoDialog.tsx")).InfoDialog }));

const info: RowAction = {
  id: "info",
  rank: 85,
  key: "i",
  icon: <Info />,
  label: () => t("info"),
  when: (row, { own }) => own && row.kind === "text" && row.id !== "" && (row.reach !== undefined || getState().conversations[row.conversation]?.group === undefined),
  run: ({ conversation, id }) => void openDialog((close) => <InfoDialog conversation={conversation} message={id} onClose={close} />),
};

export const receipt: Hung = {
  rowActions: [info],
  rowParts: [{ id: "read", place: "meta", Part: ReadMark }],
};
