// What a notice reads. The node says it in English; the page in its other languages.
import type { Happening } from "~/api/types.ts";
import { currentLocale } from "~/i18n/locale.ts";
import { say } from "./say.ts";

export function noticeText({ text, notice }: { readonly text: string; readonly notice?: readonly Happening[] | undefined }): string {
  return (notice && currentLocale() !== "en" ? say(notice) : undefined) ?? text;
}
