// Joins a folder's messages to the chosen locale. Ids are typed by the
// English file: `t("send")` does not compile when English has no "send".
import { Children, createElement, Fragment, type ReactNode } from "react";
import { formatRich, formatText, type Compiled, type RichValues, type Values } from "./format.ts";
import { currentLocale, translationOf } from "./locale.ts";

export interface Translate<Id extends string> {
  (id: Id, values?: Values): string;
  // rich returns elements: values may be elements, tags become functions.
  rich(id: Id, values: RichValues): ReactNode;
}

export function catalogue<Id extends string>(namespace: string, english: Record<Id, string>): Translate<Id> {
  const find = (id: Id): Compiled =>
    translationOf(namespace)?.[id] ?? (english as unknown as Record<Id, Compiled>)[id];
  const translate = (id: Id, values: Values = {}) => formatText(find(id), values, currentLocale());
  return Object.assign(translate, {
    rich: (id: Id, values: RichValues) =>
      createElement(Fragment, null, Children.toArray(formatRich(find(id), values, currentLocale()))),
  });
}
