// The pauses that slow mode offers, in words.
import { t } from "./text.ts";

const OFFERED = [0, 10, 30, 60, 300, 900, 3600];

// pauses lists what can be chosen, with the pause that holds now among it.
export function pauses(now: number): number[] {
  return [...new Set([...OFFERED, now])].sort((a, b) => a - b);
}

export function pauseText(seconds: number): string {
  if (seconds === 0) return t("settings.slow.off");
  if (seconds % 3600 === 0) return t("settings.slow.hours", { count: seconds / 3600 });
  if (seconds % 60 === 0) return t("settings.slow.minutes", { count: seconds / 60 });
  return t("settings.slow.seconds", { count: seconds });
}
