// Says what a notice tells, part by part, in the language of the page.
import type { Happening, Party } from "~/api/types.ts";
import { catalogue } from "~/i18n/catalogue.ts";
import { currentLocale } from "~/i18n/locale.ts";
import english from "./messages.en.json";

const t = catalogue("notice", english);

// say is undefined for a notice that this page is too old for.
export function say(parts: readonly Happening[]): string | undefined {
  if (parts.length === 0 || !parts.every((part) => part.did in english)) return undefined;
  return parts.map(sayPart).join(" ");
}

function sayPart({ did, by, whom = [], more = 0, word = "" }: Happening): string {
  const named = whom.map((one) => nameOf(one));
  if (more > 0) named.push(t("others", { count: more }));
  return t(did, {
    by: by?.you ? "you" : "other",
    name: by?.name ?? "",
    to: whom.length === 1 && more === 0 && whom[0]?.you ? "you" : "other",
    whom: new Intl.ListFormat(currentLocale()).format(named),
    count: whom.length + more,
    word,
    role: t("role", { word }),
  });
}

function nameOf(one: Party): string {
  return one.you ? t("you") : (one.name ?? "");
}
