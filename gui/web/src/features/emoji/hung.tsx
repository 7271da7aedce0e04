// What the slice of emoji hangs into the screens.
import type { Hung } from "~/slots/types.ts";
import { offer } from "./find.ts";
import { InsertButton } from "./ui/InsertButton.tsx";

export const emoji: Hung = {
  completions: [{ id: "emoji", trigger: ":", least: 2, find: offer }],
  composerParts: [{ id: "emoji", place: "tool", thread: true, Part: InsertButton }],
};
