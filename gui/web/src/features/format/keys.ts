// What keys do to the text that is being written: marks around a selection,
// and lists that go on.
import type { Compose } from "~/slots/types.ts";

export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly select: { readonly from: number; readonly to: number };
}

// surround puts marks around what is selected, or takes them away where they
// stand. Blanks at the edges stay outside: a mark beside a blank is none.
export function surround(text: string, from: number, to: number, mark: string): Edit {
  while (from < to && /\s/.test(text.charAt(from))) from++;
  while (to > from && /\s/.test(text.charAt(to - 1))) to--;
  const inner = text.slice(from, to);
  const size = mark.length;
  if (text.slice(from - size, from) === mark && text.slice(to, to + size) === mark && !doubled(text, from, to, mark)) {
    return { from: from - size, to: to + size, text: inner, select: { from: from - size, to: to - size } };
  }
  return { from, to, text: mark + inner + mark, select: { from: from + size, to: to + size } };
}

// doubled tells that what looks like a mark is half of a longer one.
function doubled(text: string, from: number, to: number, mark: string): boolean {
  return mark.length === 1 && text.charAt(from - 2) === mark && text.charAt(to + 1) === mark && text.charAt(from - 3) !== mark;
}

// fence makes a block of what is selected, a piece of code where it is in one
// line.
export function fence(text: string, from: number, to: number): Edit {
  const inner = text.slice(from, to);
  if (!inner.includes("\n")) return surround(text, from, to, "`");
  const before = from === 0 || text.charAt(from - 1) === "\n" ? "" : "\n";
  const after = to === text.length || text.charAt(to) === "\n" ? "" : "\n";
  const start = from + before.length + 4;
  return { from, to, text: `${before}\`\`\`\n${inner}\n\`\`\`${after}`, select: { from: start, to: start + inner.length } };
}

const ITEM = /^( *)(?:([-+*])|([0-9]{1,9})([.)])|(>)) +/;

// goOn continues a list or a quote in the next line. In an item with nothing
// in it the list ends.
export function goOn(text: string, at: number): Edit | undefined {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  const line = text.slice(start, at);
  const found = ITEM.exec(line);
  if (!found || inCode(text.slice(0, start))) return undefined;
  const [whole, indent = "", bullet, number, sign = "", quote] = found;
  if (line.length === whole.length) return { from: start, to: at, text: "", select: { from: start, to: start } };
  const mark = bullet ?? quote ?? `${Math.min(Number(number) + 1, 999_999_999)}${sign}`;
  const next = `\n${indent}${mark} `;
  return { from: at, to: at, text: next, select: { from: at + next.length, to: at + next.length } };
}

// inCode tells whether a text ends inside of a block of code.
export function inCode(before: string): boolean {
  return before.split("\n").filter((line) => /^ {0,3}```/.test(line)).length % 2 === 1;
}

function apply(compose: Compose, edit: Edit | undefined): boolean {
  if (!edit) return false;
  compose.replace(edit.from, edit.to, edit.text, edit.select);
  return true;
}

// press does what a key means for formatting, and tells whether it meant
// anything.
export function press(event: KeyboardEvent, compose: Compose): boolean {
  const { from, to } = compose.caret();
  const { text } = compose;
  if (event.key === "Enter" && event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey) {
    return from === to && apply(compose, goOn(text, from));
  }
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return false;
  const key = event.key.toLowerCase();
  if (key === "b" && !event.shiftKey) return apply(compose, surround(text, from, to, "**"));
  if (key === "i" && !event.shiftKey) return apply(compose, surround(text, from, to, "*"));
  if (key === "x" && event.shiftKey) return apply(compose, surround(text, from, to, "~~"));
  if (key === "e" && !event.shiftKey) return apply(compose, fence(text, from, to));
  return false;
}
