// What the slice of reactions hangs into the screens.
import { SmilePlus, Users } from "lucide-react";
import type { Hung, RowAction } from "~/slots/types.ts";
import { mayReact } from "./commands.ts";
import { pickFor, showWho } from "./open.tsx";
import { t } from "./text.ts";
import { Chips } from "./ui/Chips.tsx";

const pick: RowAction = {
  id: "react",
  rank: 15,
  key: "+",
  bar: true,
  icon: <SmilePlus />,
  label: () => t("react"),
  when: mayReact,
  run: pickFor,
};

const who: RowAction = {
  id: "reactions",
  rank: 75,
  icon: <Users />,
  label: () => t("who"),
  when: (row) => (row.reactions?.length ?? 0) > 0,
  run: showWho,
};

export const reaction: Hung = { rowActions: [pick, who], rowParts: [{ id: "reactions", place: "below", Part: Chips }] };
