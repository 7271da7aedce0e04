// What the slice of things to come hangs into the screens.
import { AlarmClock, CalendarClock } from "lucide-react";
import { lazy, Suspense } from "react";
import type { Hung } from "~/slots/types.ts";
import { chooseReminder, chooseSending } from "./choose.tsx";
import { t } from "./text.ts";
import { ScheduledHere, SendMenu } from "./ui/ComposerParts.tsx";
import { LaterBadge, Reminding } from "./ui/Reminding.tsx";

const Scheduled = lazy(async () => ({ default: (await import("./ui/SavedPages.tsx")).ScheduledPage }));
const Reminders = lazy(async () => ({ default: (await import("./ui/SavedPages.tsx")).RemindersPage }));

function ScheduledPage() {
  return (
    <Suspense>
      <Scheduled />
    </Suspense>
  );
}

function RemindersPage() {
  return (
    <Suspense>
      <Reminders />
    </Suspense>
  );
}

export const schedule: Hung = {
  composerParts: [
    { id: "scheduled", place: "above", thread: true, Part: ScheduledHere },
    { id: "later", place: "send", thread: true, Part: SendMenu },
  ],
  sendWays: [{ id: "later", icon: <CalendarClock />, label: () => t("send.later"), send: chooseSending }],
  rowActions: [
    {
      id: "remind",
      rank: 60,
      icon: <AlarmClock />,
      label: () => t("remind"),
      when: (row) => row.kind === "text" && row.id !== "",
      run: chooseReminder,
    },
  ],
  pages: [
    {
      id: "scheduled",
      path: "/saved/scheduled",
      Page: ScheduledPage,
      rail: { rank: 40, icon: <CalendarClock />, label: () => t("later"), to: "/saved/scheduled", at: ["/saved/scheduled", "/saved/reminders"], Badge: LaterBadge },
    },
    { id: "reminders", path: "/saved/reminders", Page: RemindersPage },
  ],
  commands: [
    { id: "scheduled", name: () => t("all.scheduled"), run: (go) => go("/saved/scheduled") },
    { id: "reminders", name: () => t("all.reminders"), run: (go) => go("/saved/reminders") },
  ],
  overlays: [Reminding],
};
