import { t } from "./text.ts";

// typingLine names up to three who write.
export function typingLine(names: readonly string[], direct: boolean): string {
  const [one = "", two = "", three = ""] = names;
  if (direct) return t("typing.direct");
  if (names.length === 1) return t("typing.one", { one });
  if (names.length === 2) return t("typing.two", { one, two });
  return names.length === 3 ? t("typing.three", { one, two, three }) : t("typing.many");
}
