// The settings of the account, the same in all its pages, and the news that the page may tell of.
import { api, call } from "~/api/http.ts";
import type { Message, NotificationSettings, NotificationsChange, PageChange, PageSettings } from "~/api/types.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { sliceState } from "~/stream/slices.ts";
import { changeSlice, readSlice } from "~/stream/store.ts";
import { currentLocale, keepLanguage } from "~/i18n/locale.ts";
import { t } from "./text.ts";

export const notificationState = sliceState<NotificationSettings>({
  name: "settings.notifications",
  initial: { shown: false, sound: false, preview: "none", hours: [], zone: "" }, // until the node was read
  frames: { "settings.notifications": (_, data) => data },
  load: async () => {
    const read = await call(api.GET("/api/v1/settings/notifications"));
    return () => read;
  },
});

export const pageState = sliceState<PageSettings>({
  name: "settings.page",
  initial: { language: "auto", send: "enter" },
  frames: { "settings.page": (_, data) => data },
  load: async () => {
    const read = await call(api.GET("/api/v1/settings/page"));
    followLanguage(read.language);
    return () => read;
  },
});

// followLanguage gives this browser the language of the account. An account that chose none leaves what was chosen at log-in.
function followLanguage(language: PageSettings["language"]): void {
  if (language !== "auto" && keepLanguage(language) && language !== currentLocale()) location.reload();
}

// heardState holds the newest message that came live.
export const heardState = sliceState<Message | undefined>({
  name: "settings.heard",
  initial: undefined,
  frames: { message: (_, data) => data },
});

// setNotifications changes what the account wants to be told of. The page shows it at once, and again as it was if the node
// refuses.
export async function setNotifications(change: NotificationsChange): Promise<void> {
  const before = readSlice(notificationState);
  changeSlice(notificationState, (now) => ({ ...now, ...change }));
  try {
    const now = await call(api.PATCH("/api/v1/settings/notifications", { body: change }));
    changeSlice(notificationState, () => now);
  } catch {
    changeSlice(notificationState, () => before);
    toast(t("problem"));
  }
}

export async function setPage(change: PageChange): Promise<void> {
  const before = readSlice(pageState);
  changeSlice(pageState, (now) => ({ ...now, ...change }));
  try {
    const now = await call(api.PATCH("/api/v1/settings/page", { body: change }));
    changeSlice(pageState, () => now);
    if (change.language !== undefined && keepLanguage(now.language)) location.reload();
  } catch {
    changeSlice(pageState, () => before);
    toast(t("problem"));
  }
}

export const pauseFor = (hours: number): Promise<void> =>
  setNotifications({ paused_until: new Date(Date.now() + hours * 3_600_000).toISOString() });

// The day before the epoch ends any pause.
export const endPause = (): Promise<void> => setNotifications({ paused_until: "1970-01-01T00:00:00Z" });
