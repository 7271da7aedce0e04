// The locale of the page. English is compiled into each folder's code; any
// other locale is one lazy chunk, loaded before the first paint.
import type { Compiled } from "./format.ts";

type Catalogues = Record<string, Record<string, Compiled>>;

const loaders: Record<string, () => Promise<{ default: Catalogues }>> = {};

let locale = "en";
let translations: Catalogues = {};

// chooseLocale loads the first of the wanted locales that exists.
export async function chooseLocale(wanted: readonly string[]): Promise<void> {
  for (const tag of wanted) {
    const language = tag.split("-")[0] ?? tag;
    if (language === "en") break;
    const load = loaders[language];
    if (!load) continue;
    translations = (await load()).default;
    locale = language;
    break;
  }
  document.documentElement.lang = locale;
  document.documentElement.dir = isRightToLeft(locale) ? "rtl" : "ltr";
}

export function currentLocale(): string {
  return locale;
}

export function translationOf(namespace: string): Record<string, Compiled> | undefined {
  return translations[namespace];
}

function isRightToLeft(tag: string): boolean {
  return ["ar", "fa", "he", "ur", "yi"].includes(tag.split("-")[0] ?? "");
}
