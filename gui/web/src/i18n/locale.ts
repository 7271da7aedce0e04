// The locale of the page. English is compiled into each folder's code; any
// other locale is one lazy chunk, loaded before the first paint.
import type { Compiled } from "./format.ts";

type Catalogues = Record<string, Record<string, Compiled>>;

// languages are those that the page speaks, by the tag of the language.
export const languages = ["en", "es", "fr"] as const;

const loaders: Record<string, () => Promise<{ default: Catalogues }>> = {
  es: () => import("virtual:messages/es"),
  fr: () => import("virtual:messages/fr"),
};

let locale = "en";
let translations: Catalogues = {};

// chooseLocale loads the first of the wanted languages that exists. English stays when its texts do not come.
export async function chooseLocale(wanted: readonly string[]): Promise<void> {
  locale = "en";
  translations = {};
  for (const tag of wanted) {
    const language = tag.toLowerCase().split("-")[0] ?? tag;
    if (language === "en") break;
    const load = loaders[language];
    if (!load) continue;
    try {
      translations = (await load()).default;
      locale = language;
    } catch {
      // A page that is opened without its node may lack the texts; English stands in its code.
    }
    break;
  }
  document.documentElement.lang = locale;
  document.documentElement.dir = isRightToLeft(locale) ? "rtl" : "ltr";
}

const KEY = "conclave.language";

// wantedLocales are the language chosen in this browser, then those of the browser itself.
export function wantedLocales(): readonly string[] {
  const kept = keptLanguage();
  return kept === "auto" ? navigator.languages : [kept, ...navigator.languages];
}

// keepLanguage keeps the language that the account set, or "auto", for the next start of the page. It answers whether that is
// another than before.
export function keepLanguage(language: string): boolean {
  try {
    const before = keptLanguage();
    if (language === "auto") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, language);
    return before !== language;
  } catch {
    return false; // without storage the browser's language stays
  }
}

// keptLanguage is the language chosen in this browser, or "auto".
export function keptLanguage(): string {
  try {
    return localStorage.getItem(KEY) ?? "auto";
  } catch {
    return "auto";
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
