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

const KEY = "conclave.language";

// wantedLocales are those that the account set in this browser, then the browser's.
export function wantedLocales(): readonly string[] {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === null ? navigator.languages : [kept, ...navigator.languages];
  } catch {
    return navigator.languages;
  }
}

// keepLanguage keeps the language that the account set, or "auto", for the next start of the page. It answers whether that is
// another than before.
export function keepLanguage(language: string): boolean {
  try {
    const before = localStorage.getItem(KEY) ?? "auto";
    if (language === "auto") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, language);
    return before !== language;
  } catch {
    return false; // without storage the browser's language stays
  }
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
