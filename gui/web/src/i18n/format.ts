// Formats compiled messages. The compiled form is made by build/messages.ts
// from ICU MessageFormat; this file is all the page needs of it.
import type { ReactNode } from "react";

export type Part =
  | string
  | readonly ["arg", string]
  | readonly ["pound"]
  | readonly ["plural", string, number, "cardinal" | "ordinal", Readonly<Record<string, readonly Part[]>>]
  | readonly ["select", string, Readonly<Record<string, readonly Part[]>>]
  | readonly ["tag", string, readonly Part[]];

export type Compiled = string | readonly Part[];

export type Value = string | number;
export type Values = Readonly<Record<string, Value>>;
export type RichValue = ReactNode | ((children: ReactNode) => ReactNode);
export type RichValues = Readonly<Record<string, RichValue>>;

// Isolates keep a name in another script from reordering the sentence.
const FSI = "\u2068";
const PDI = "\u2069";

export function formatText(message: Compiled, values: Values, locale: string): string {
  if (typeof message === "string") return message;
  return walk(message, values, locale, undefined, (value) =>
    typeof value === "string" ? `${FSI}${closed(value)}${PDI}` : String(value),
  ).join("");
}

// closed has every isolate of a text end within it, and none end that it did not begin: what stands beside a name is not the name's to reorder.
function closed(text: string): string {
  if (!/[\u2066-\u2069]/.test(text)) return text;
  let open = 0;
  let out = "";
  for (const one of text) {
    if (one === PDI && open === 0) continue;
    if (one === PDI) open--;
    else if (one >= "\u2066" && one <= FSI) open++;
    out += one;
  }
  return out + PDI.repeat(open);
}

export function formatRich(message: Compiled, values: RichValues, locale: string): ReactNode[] {
  if (typeof message === "string") return [message];
  return walk<ReactNode>(message, values, locale, undefined, (value) => value as ReactNode);
}

function walk<Out>(
  parts: readonly Part[],
  values: RichValues,
  locale: string,
  count: number | undefined,
  show: (value: RichValue) => Out,
): (Out | string)[] {
  return parts.flatMap((part): (Out | string)[] => {
    if (typeof part === "string") return [part];
    switch (part[0]) {
      case "arg":
        return [show(values[part[1]])];
      case "pound":
        return [new Intl.NumberFormat(locale).format(count ?? 0)];
      case "plural": {
        const [, name, offset, type, options] = part;
        const given = Number(values[name]);
        const rule = new Intl.PluralRules(locale, { type }).select(given - offset);
        const chosen = options[`=${given}`] ?? options[rule] ?? options["other"] ?? [];
        return walk(chosen, values, locale, given - offset, show);
      }
      case "select":
        return walk(part[2][String(values[part[1]])] ?? part[2]["other"] ?? [], values, locale, count, show);
      case "tag": {
        const wrap = values[part[1]];
        const children = walk(part[2], values, locale, count, show);
        return typeof wrap === "function" ? [wrap(children as ReactNode) as Out] : children;
      }
    }
  });
}
