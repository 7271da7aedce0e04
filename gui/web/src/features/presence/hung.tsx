// What the slice of who is there hangs into the screens.
import { Smile } from "lucide-react";
import { lazy } from "react";
import type { Command, Hung } from "~/slots/types.ts";
import { readSlice } from "~/stream/store.ts";
import { choose, presence as known, type Chosen } from "./presence.ts";
import { t } from "./text.ts";
import { HeadLine, TypingMark } from "./ui/HeadLine.tsx";
import { AvatarMark } from "./ui/Shape.tsx";
import { Tell, Watch } from "./ui/Watch.tsx";

const StatusPage = lazy(() => import("./ui/StatusPage.tsx"));

const command = (state: Chosen): Command => ({
  id: `presence.${state}`,
  name: () => t(`command.${state}`),
  run: () => {
    const own = readSlice(known).own;
    void choose(state, own?.text ?? "", own?.emoji ?? "", own?.expires_at).catch(() => undefined);
  },
});

export const presence: Hung = {
  headParts: [{ id: "presence", place: "line", Part: HeadLine }],
  listMarks: [
    { id: "presence", place: "avatar", Mark: AvatarMark, when: (conversation) => conversation.group === undefined },
    { id: "typing", place: "badge", Mark: TypingMark, when: () => true },
  ],
  composerParts: [{ id: "typing", place: "above", Part: Tell }],
  settingsPages: [{ id: "status", rank: 12, icon: <Smile />, label: () => t("page"), Page: StatusPage }],
  commands: [command("auto"), command("away"), command("busy"), command("invisible")],
  overlays: [Watch],
};
