// Important and urgent messages: chosen beside the box, shown with a bar, an icon and a word; who may be urgent is a setting.
import { Siren } from "lucide-react";
import { lazy } from "react";
import type { Hung } from "~/slots/types.ts";
import { choose, chosenIn } from "./chosen.ts";
import { t } from "./text.ts";
import { ChosenNote } from "./ui/ChosenNote.tsx";
import { PriorityButton } from "./ui/PriorityButton.tsx";
import { PriorityMark } from "./ui/PriorityMark.tsx";

export const priority: Hung = {
  composerParts: [
    { id: "priority-note", place: "above", thread: true, Part: ChosenNote },
    { id: "priority", place: "send", thread: true, Part: PriorityButton },
  ],
  sendParts: [
    {
      id: "priority",
      goes: ({ place }) => {
        const priority = chosenIn(place);
        return priority && { send: { priority }, row: { priority } };
      },
      gone: (place) => choose(place, undefined),
    },
  ],
  rowParts: [{ id: "priority", place: "above", Part: PriorityMark }],
  settingsPages: [{ id: "urgent", rank: 45, icon: <Siren />, label: () => t("setting.title"), Page: lazy(async () => ({ default: (await import("./ui/UrgentPage.tsx")).UrgentPage })) }],
};
