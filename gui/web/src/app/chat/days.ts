// The command that goes to a day of the open conversation.
import type { Hung } from "~/slots/types.ts";
import { t } from "../text.ts";

let open: (() => void) | undefined;

// offerDays names what opens the calendar of the conversation that is shown, and answers how to take that back.
export function offerDays(show: () => void): () => void {
  open = show;
  return () => {
    if (open === show) open = undefined;
  };
}

export const days: Hung = {
  commands: [{ id: "day", name: () => t("chat.calendar"), when: (conversation) => conversation !== undefined, run: () => open?.() }],
};
