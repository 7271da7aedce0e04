// What features see of the composer.
import type { RefObject } from "react";
import { flushSync } from "react-dom";
import { slots } from "~/slots/slots.ts";
import type { Compose, Where } from "~/slots/types.ts";

interface Latest {
  text: string;
  change(text: string): void;
  send(): void;
}

// composeOf makes the handle of a composer: it reads and changes what stands in the box when it is called.
export function composeOf(
  where: Where,
  text: string,
  editing: boolean,
  area: RefObject<HTMLTextAreaElement | null>,
  latest: RefObject<Latest>,
): Compose {
  const caret = () => {
    const end = latest.current.text.length;
    return { from: area.current?.selectionStart ?? end, to: area.current?.selectionEnd ?? end };
  };
  const replace = (from: number, to: number, by: string, select = { from: from + by.length, to: from + by.length }) => {
    const now = latest.current.text;
    // What is typed next belongs behind this, so the caret is set before anything else can happen.
    flushSync(() => latest.current.change(now.slice(0, from) + by + now.slice(to)));
    area.current?.focus();
    area.current?.setSelectionRange(select.from, select.to);
  };
  return {
    ...where,
    text,
    editing,
    caret,
    replace,
    insert(by) {
      const { from, to } = caret();
      replace(from, to, by);
    },
    send: () => latest.current.send(),
    focus: () => area.current?.focus(),
  };
}

// takes tells whether a feature took what was pasted or dropped.
export function takes(data: DataTransfer, compose: Compose): boolean {
  return slots("composerPastes").some((one) => one.take(data, compose));
}
