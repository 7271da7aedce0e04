// What the slice of marks hangs into the screens.
import { Bookmark, Pin, PinOff, Star, StarOff } from "lucide-react";
import { lazy } from "react";
import type { Hung, RowAction } from "~/slots/types.ts";
import { isStarred, mayPin, setPin, setStar } from "./commands.ts";
import { t } from "./text.ts";
import { Signs } from "./ui/Signs.tsx";
import { PinStrip } from "./ui/PinStrip.tsx";

const PinPanel = lazy(async () => ({ default: (await import("./ui/PinPanel.tsx")).PinPanel }));
const StarsPage = lazy(async () => ({ default: (await import("./ui/StarsPage.tsx")).StarsPage }));

const action = (id: string, rank: number, key: string, icon: RowAction["icon"], when: RowAction["when"], run: RowAction["run"]): RowAction => ({
  id,
  rank,
  key,
  icon,
  label: () => t(id as "pin" | "unpin" | "star" | "unstar"),
  when,
  run,
});

const real: RowAction["when"] = (row) => row.kind === "text" && row.id !== "";

const rowActions: RowAction[] = [
  action("pin", 50, "p", <Pin />, (row) => mayPin(row) && row.pinned !== true, (row) => void setPin(row, true)),
  action("unpin", 50, "p", <PinOff />, (row) => mayPin(row) && row.pinned === true, (row) => void setPin(row, false)),
  action("star", 55, "s", <Star />, (row, context) => real(row, context) && !isStarred(row), (row) => void setStar(row, true)),
  action("unstar", 55, "s", <StarOff />, (row, context) => real(row, context) && isStarred(row), (row) => void setStar(row, false)),
];

export const mark: Hung = {
  rowActions,
  rowParts: [{ id: "marks", place: "meta", Part: Signs }],
  headParts: [{ id: "pins", place: "below", Part: PinStrip }],
  panels: [{ id: "pins", rank: 40, icon: <Pin />, title: () => t("pins"), when: () => true, Panel: PinPanel }],
  pages: [{ id: "starred", path: "/saved/starred", Page: StarsPage, rail: { rank: 30, icon: <Bookmark />, label: () => t("saved"), to: "/saved/starred", at: ["/saved/starred"] } }],
  commands: [{ id: "starred", name: () => t("stars.command"), run: (go) => go("/saved/starred") }],
};
