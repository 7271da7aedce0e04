// What features hang into the screens, one line a slice. The order is that of what has no rank.
import { conversation } from "~/features/conversation/hung.tsx";
import { message } from "~/features/message/hung.tsx";
import { settings } from "~/features/settings/hung.tsx";
import type { Hung } from "~/slots/types.ts";

export const features: readonly Hung[] = [
  message,
  conversation,
  settings,
];
