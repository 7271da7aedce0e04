import { CircleAlert, Flag, Minus, Siren } from "lucide-react";
import { Button, IconButton } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { openDialog, openMenu } from "~/slots/dialogs.tsx";
import type { Compose } from "~/slots/types.ts";
import { choose, useChosen } from "../chosen.ts";
import { t } from "../text.ts";
import { PriorityIcon } from "./PriorityIcon.tsx";

// PriorityButton chooses how much the next message presses. Urgent asks once more.
export function PriorityButton({ compose }: { compose: Compose }) {
  const { place, editing } = compose;
  const now = useChosen(place);
  if (editing) return null;
  const pick = (priority: "important" | undefined) => {
    choose(place, priority);
    compose.focus();
  };
  const items = [
    { label: t("normal"), icon: <Minus />, checked: now === undefined, onChoose: () => pick(undefined) },
    { label: t("important"), icon: <CircleAlert />, checked: now === "important", onChoose: () => pick("important") },
    { label: t("urgent"), icon: <Siren />, checked: now === "urgent", onChoose: () => confirmUrgent(compose) },
  ];
  const label = t("choose", { now: t(now ?? "normal") });
  return (
    <IconButton label={label} icon={now ? <PriorityIcon priority={now} /> : <Flag />} aria-haspopup="menu"
      className={now ? `priority-${now}` : ""} onClick={(event) => openMenu(label, event.currentTarget, items)} />
  );
}

function confirmUrgent(compose: Compose): void {
  openDialog((close) => (
    <Dialog title={t("urgent.title")} closeLabel={t("close")} onClose={close}>
      <p>{t("urgent.about")}</p>
      <div className="card-actions">
        <Button look="danger"
          onClick={() => {
            choose(compose.place, "urgent");
            close();
            compose.focus();
          }}>
          {t("urgent.go")}
        </Button>
        <Button onClick={close}>{t("cancel")}</Button>
      </div>
    </Dialog>
  ));
}
