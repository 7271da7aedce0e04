import { X } from "lucide-react";
import { IconButton } from "~/kit/primitives/Button.tsx";
import type { Compose } from "~/slots/types.ts";
import { choose, useChosen } from "../chosen.ts";
import { t } from "../text.ts";
import { PriorityIcon } from "./PriorityIcon.tsx";
import "./priority.css";

// ChosenNote stands over the box while the next message is more than a plain one.
export function ChosenNote({ compose: { place, editing } }: { compose: Compose }) {
  const priority = useChosen(place);
  if (!priority || editing) return null;
  return (
    <div className={`priority-note priority-${priority}`}>
      <PriorityIcon priority={priority} />
      <span role="status">{t("chosen", { priority: t(priority) })}</span>
      <IconButton label={t("back")} icon={<X />} onClick={() => choose(place, undefined)} />
    </div>
  );
}
