// What a notice reads. The node says it in English; the words for other languages are loaded with these.
import type { Happening } from "~/api/types.ts";
import { currentLocale } from "~/i18n/locale.ts";

let say: ((parts: readonly Happening[]) => string | undefined) | undefined;

// loadNotices is called once, when the language is chosen. Without the words, notices stay English.
export async function loadNotices(): Promise<void> {
  say = currentLocale() === "en" ? undefined : (await import("./say.ts").catch(() => undefined))?.say;
}

export function noticeText(row: { readonly text: string; readonly notice?: readonly Happening[] | undefined }): string {
  return (row.notice && say?.(row.notice)) ?? row.text;
}
