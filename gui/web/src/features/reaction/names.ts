// Who reacted, in words.
import type { Reaction } from "~/api/types.ts";
import { t } from "./text.ts";

// namesOf names who put an emoji to a message: the person who looks first, then up to three others, then how many more.
export function namesOf({ count, mine, names }: Pick<Reaction, "count" | "mine" | "names">): string {
  const known = [...(mine ? [t("you")] : []), ...names].slice(0, count);
  const more = count - known.length;
  const all = more > 0 ? [...known, t("others", { count: more })] : known;
  const last = all.at(-1) ?? "";
  const before = all.slice(0, -1);
  if (before.length === 0) return last;
  return t("and", { names: before.reduce((so, name) => t("comma", { names: so, name })), name: last });
}
