// What the settings of the account hang into the screens.
import { Bell, Keyboard } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import type { Hung } from "~/slots/types.ts";
import { readSlice } from "~/stream/store.ts";
import { isQuiet } from "./decide.ts";
import { endPause, notificationState, pageState, pauseFor } from "./state.ts";
import { t } from "./text.ts";

const Notifier = lazy(() => import("./ui/Notifier.tsx"));
const NotificationsPage = lazy(() => import("./ui/NotificationsPage.tsx"));
const LanguagePage = lazy(() => import("./ui/LanguagePage.tsx"));

// Later has the notifier come when the page is drawn.
function Later() {
  const [drawn, setDrawn] = useState(false);
  useEffect(() => setDrawn(true), []);
  return (
    <Suspense>
      {drawn && <Notifier />}
    </Suspense>
  );
}

const swapped = () => readSlice(pageState).send === "ctrl_enter";
const paused = () => isQuiet(readSlice(notificationState), new Date());

export const settings: Hung = {
  overlays: [Later],
  settingsPages: [
    { id: "notifications", rank: 40, icon: <Bell />, label: () => t("notifications.title"), Page: NotificationsPage },
    { id: "language", rank: 75, icon: <Keyboard />, label: () => t("page.title"), Page: LanguagePage },
  ],
  composerKeys: [
    {
      id: "send",
      press(event, compose) {
        if (!swapped() || event.key !== "Enter" || event.shiftKey || event.altKey || event.isComposing || event.keyCode === 229) return false;
        if (event.ctrlKey || event.metaKey) compose.send();
        else compose.insert("\n");
        return true;
      },
      hint: () => (swapped() ? t("page.hint") : undefined),
    },
  ],
  commands: [
    { id: "pause", name: () => t("pause.hour"), when: () => !paused(), run: () => void pauseFor(1) },
    { id: "pause.end", name: () => t("pause.end"), when: () => readSlice(notificationState).paused_until !== undefined && paused(), run: () => void endPause() },
  ],
};
