// Finds the word that may be completed.
import type { Completion } from "~/slots/types.ts";

export interface Word {
  readonly from: number; // of the trigger
  readonly to: number;
  readonly typed: string; // behind the trigger
  readonly by: readonly Completion[];
}

const LONGEST = 40;

// wordAt finds the trigger before the caret: at the beginning of the text or behind a space or an opening bracket.
export function wordAt(text: string, caret: number, completions: readonly Completion[]): Word | undefined {
  if (caret < 0 || caret > text.length) return undefined;
  const before = text.slice(Math.max(0, caret - LONGEST), caret);
  const word = /(?:^|[\s(\[{"'])([^\s\p{L}\p{N}([{"'])([^\s]*)$/u.exec(before);
  const [, trigger, typed] = word ?? [];
  if (trigger === undefined || typed === undefined) return undefined;
  const from = caret - typed.length - trigger.length;
  const by = completions.filter((one) => one.trigger === trigger && typed.length >= (one.least ?? 0) && (!one.start || from === 0));
  return by.length > 0 ? { from, to: caret, typed, by } : undefined;
}
