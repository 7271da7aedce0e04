// What the slice of emoji hangs into the screens. Packs are read and drawn with the first name between colons.
import { Sparkles } from "lucide-react";
import { lazy, Suspense } from "react";
import type { Hung, NamedEmoji } from "~/slots/types.ts";
import { offer } from "./find.ts";
import { t } from "./text.ts";
import { Choice } from "./ui/Choice.tsx";
import { InsertButton } from "./ui/InsertButton.tsx";
import "./ui/picture.css";

const Drawn = lazy(() => import("./ui/Named.tsx"));
const PackPanel = lazy(() => import("./ui/PackPanel.tsx"));

const Named: NamedEmoji["Part"] = (props) => (
  <Suspense fallback={props.usual}>
    <Drawn {...props} />
  </Suspense>
);

export const emoji: Hung = {
  namedEmoji: [{ id: "pack", Part: Named }],
  emojiChoices: [{ id: "pack", Popup: Choice }],
  completions: [{ id: "emoji", trigger: ":", least: 2, find: offer }],
  composerParts: [{ id: "emoji", place: "tool", thread: true, Part: InsertButton }],
  panels: [{ id: "emoji", rank: 45, icon: <Sparkles />, title: () => t("pack"), when: ({ group }) => !group || group.state === "joined", Panel: PackPanel }],
};
