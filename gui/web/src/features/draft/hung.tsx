// What the slice of drafts hangs into the screens.
import type { Hung } from "~/slots/types.ts";
import { readSlice } from "~/stream/store.ts";
import { drafts, ended } from "./state.ts";
import { ClashBar, DraftKeeper, DraftLine } from "./ui/DraftParts.tsx";

export const draft: Hung = {
  overlays: [DraftKeeper],
  composerParts: [{ id: "draft", place: "above", thread: true, Part: ClashBar }],
  listMarks: [
    {
      id: "draft",
      place: "preview",
      Mark: DraftLine,
      when({ id }) {
        const known = readSlice(drafts).known[id];
        return known !== undefined && !ended(known) && location.pathname !== `/c/${id}`;
      },
    },
  ],
};
