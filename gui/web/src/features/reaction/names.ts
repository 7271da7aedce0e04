// Who reacted, in words.
import type { Reaction } from "~/api/types.ts";
import { currentLocale } from "~/i18n/locale.ts";
import { t } from "./text.ts";

// namesOf names who put an emoji to a message: the person who looks first, then up to three others, then how many more.
export function namesOf({ count, mine, names }: Pick<Reaction, "count" | "mine" | "names">): string {
  const known = [...(mine ? [t("you")] : []), ...names].slice(0, count);
  const more = count - known.length;
  const all = more > 0 ? [...known, t("others", { count: more })] : known;
  return new Intl.ListFormat(currentLocale()).format(all);
}
