// The menus that choose a moment: presets, and a dialog for any other.
import { CalendarClock } from "lucide-react";
import { lazy } from "react";
import { shortTime } from "~/i18n/time.ts";
import type { PopupItem, PopupPlace } from "~/kit/primitives/PopupMenu.tsx";
import { openDialog, openMenu } from "~/slots/dialogs.tsx";
import { alone, letGo, outgoing } from "~/slots/outgoing.ts";
import type { Outgoing, Where } from "~/slots/types.ts";
import { answeredIn, setAnswered } from "~/stream/answering.ts";
import type { Row } from "~/stream/model.ts";
import { setWritten, writtenIn } from "~/stream/writing.ts";
import { remind, sendLater } from "./commands.ts";
import { remindPresets, sendPresets, type Preset } from "./presets.ts";
import { t } from "./text.ts";

const MomentDialog = lazy(async () => ({ default: (await import("./ui/MomentDialog.tsx")).MomentDialog }));

function items(presets: readonly Preset[], then: (at: Date) => void, choose: () => void): PopupItem[] {
  return [
    ...presets.map(({ name, at }) => ({ label: t(`preset.${name}`), detail: dayAndTime(at), onChoose: () => then(at) })),
    { label: t("preset.choose"), icon: <CalendarClock />, onChoose: choose },
  ];
}

// dayAndTime fits a menu: the weekday where it is not today, and the clock.
function dayAndTime(at: Date): string {
  const clock = shortTime(at.toISOString(), at);
  return at.toDateString() === new Date().toDateString() ? clock : `${shortTime(at.toISOString(), new Date(at.getTime() + 3 * 86_400_000))} ${clock}`;
}

// chooseSending has a message sent at a moment that is chosen at a place of the page.
export function chooseSending(message: () => Outgoing, place: PopupPlace, done: () => void): void {
  const then = (at: Date) => void sendLater(message(), at).then((kept) => kept && done());
  const choose = () => openDialog((close) => <MomentDialog title={t("send.later")} go={t("moment.send")} onChosen={then} onClose={close} />);
  openMenu(t("send.later"), place, items(sendPresets(new Date()), then, () => void choose()));
}

// chooseForWriting does so with what is written in a composer. It stays there until the node has it, and where it was changed
// meanwhile.
export function chooseForWriting(where: Where, at: PopupPlace): void {
  const now = () => {
    const written = writtenIn(where.place);
    return outgoing(where, written.trim() === "" ? (alone(where.place) ?? written) : written, answeredIn(where.place));
  };
  let taken = "";
  const take = () => {
    const message = now();
    taken = JSON.stringify(message);
    return message;
  };
  chooseSending(take, at, () => {
    if (JSON.stringify(now()) !== taken) return;
    letGo(where.place);
    setWritten(where.place, "");
    setAnswered(where.place, undefined);
  });
}

export function chooseReminder(row: Row): void {
  const then = (at: Date, note = "") => void remind(row, at, note);
  const choose = () => openDialog((close) => <MomentDialog title={t("remind")} go={t("moment.remind")} noted onChosen={then} onClose={close} />);
  const place = document.querySelector(`[data-row="${CSS.escape(row.key)}"] .message-text`) ?? document.activeElement ?? document.body;
  openMenu(t("remind"), place, items(remindPresets(new Date()), then, () => void choose()));
}
