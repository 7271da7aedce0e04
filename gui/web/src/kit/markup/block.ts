// Reads the blocks of a text, line by line. Every level of quotes and lists
// looks at each of its lines a bounded number of times.
import { digit, run } from "./classes.ts";
import { inline } from "./inline.ts";
import { MAX_BLOCKS, type Block, type Source, type Span } from "./tree.ts";

export function spansOf(text: string): Span[] {
  const lines: Span[] = [];
  for (let from = 0; from <= text.length; ) {
    const found = text.indexOf("\n", from);
    const to = found < 0 ? text.length : found;
    lines.push({ from, to: to > from && text.charCodeAt(to - 1) === 13 ? to - 1 : to });
    from = to + 1;
  }
  return lines;
}

export function blocks(source: Source, lines: readonly Span[], depth: number): Block[] {
  const out: Block[] = [];
  let open: Span[] = []; // the paragraph so far
  const end = (): void => {
    if (open.length > 0) {
      out.push({ t: "p", c: inline(source, open) });
      source.nodes++;
    }
    open = [];
  };
  for (let i = 0; i < lines.length; ) {
    source.steps++;
    const line = lines[i] as Span;
    const s = source.text.slice(line.from, line.to);
    const at = indent(s);
    if (blank(s)) {
      end();
      i++;
      continue;
    }
    const found = at <= 3 ? block(source, lines, i, s, at, depth, open.length > 0, end) : undefined;
    if (found) {
      out.push(found.block);
      source.nodes++;
      source.marked = true;
      i = found.next;
      continue;
    }
    open.push(line);
    i++;
  }
  end();
  return out;
}

interface Found {
  readonly block: Block;
  readonly next: number;
}

// block reads the block that begins in a line, unless that is part of a
// paragraph; end ends an open paragraph before it.
function block(source: Source, lines: readonly Span[], i: number, s: string, at: number, depth: number, open: boolean, end: () => void): Found | undefined {
  const c = s.charAt(at);
  if (c === "`" || c === "~") {
    const n = run(s, at);
    const info = s.slice(at + n);
    if (n < 3 || (c === "`" && info.includes("`"))) return undefined;
    end();
    return fence(source, lines, i + 1, at, c, n, language(info));
  }
  if (ruled(s)) {
    end();
    return { block: { t: "hr" }, next: i + 1 };
  }
  if (c === "#") {
    const n = run(s, at);
    const [from, to] = headed(s, at + n);
    if (n > 6 || from === at + n || from === to) return undefined;
    end();
    const start = (lines[i] as Span).from;
    return { block: { t: "h", n, c: inline(source, [{ from: start + from, to: start + to }]) }, next: i + 1 };
  }
  if (depth >= MAX_BLOCKS) return undefined;
  if (c === ">") {
    end();
    return quote(source, lines, i, depth);
  }
  const mark = marker(s, at);
  if (!mark || (open && mark.number !== undefined && mark.number !== 1)) return undefined;
  end();
  return list(source, lines, i, mark, depth);
}

function fence(source: Source, lines: readonly Span[], i: number, at: number, c: string, n: number, lang: string): Found {
  const code: string[] = [];
  for (; i < lines.length; i++) {
    const s = source.text.slice(lines[i]?.from, lines[i]?.to);
    const inner = indent(s);
    if (inner <= 3 && s.charAt(inner) === c) {
      const m = run(s, inner);
      if (m >= n && blank(s.slice(inner + m))) {
        i++;
        break;
      }
    }
    code.push(s.slice(Math.min(inner, at)));
  }
  return { block: { t: "pre", v: code.join("\n"), lang }, next: i };
}

function quote(source: Source, lines: readonly Span[], i: number, depth: number): Found {
  const inner: Span[] = [];
  for (; i < lines.length; i++) {
    const { from, to } = lines[i] as Span;
    const s = source.text.slice(from, to);
    let at = indent(s);
    if (at > 3 || s.charAt(at) !== ">") break;
    at++;
    if (s.charAt(at) === " ") at++;
    inner.push({ from: from + at, to });
  }
  return { block: { t: "quote", c: blocks(source, inner, depth + 1) }, next: i };
}

function list(source: Source, lines: readonly Span[], i: number, first: Marker, depth: number): Found {
  const items: Block[][] = [];
  while (i < lines.length) {
    const { from, to } = lines[i] as Span;
    const s = source.text.slice(from, to);
    const at = indent(s);
    const mark = at > 3 || ruled(s) ? undefined : marker(s, at);
    if (!mark || mark.sign !== first.sign) break;
    const inner: Span[] = [{ from: from + mark.width, to }];
    let blanks = 0;
    for (i++; i < lines.length; i++) {
      const line = lines[i] as Span;
      const s = source.text.slice(line.from, line.to);
      if (blank(s)) {
        blanks++;
        continue;
      }
      if (indent(s) < mark.width) break;
      for (; blanks > 0; blanks--) inner.push({ from: line.from, to: line.from });
      inner.push({ from: line.from + mark.width, to: line.to });
    }
    items.push(blocks(source, inner, depth + 1));
    source.nodes++;
  }
  return { block: first.number === undefined ? { t: "ul", c: items } : { t: "ol", n: first.number, c: items }, next: i };
}

// Marker is what an item of a list begins with.
interface Marker {
  readonly sign: string; // the bullet, or what stands behind the number
  readonly number: number | undefined;
  readonly width: number; // where the content begins
}

const MARKER = /(?:[-+*]|([0-9]{1,9})([.)]))(?=[ \t])(?=[ \t]*[^ \t])/y;

function marker(s: string, at: number): Marker | undefined {
  const c = s.charCodeAt(at);
  if (!digit(c) && c !== 45 && c !== 43 && c !== 42) return undefined;
  MARKER.lastIndex = at;
  const found = MARKER.exec(s);
  if (!found) return undefined;
  let width = at + found[0].length + 1;
  for (let n = 0; n < 3 && s.charAt(width) === " "; n++) width++;
  return { sign: found[2] ?? found[0], number: found[1] === undefined ? undefined : Number(found[1]), width };
}

// ruled tells whether a line is three or more of one sign, with nothing but
// blanks between them.
function ruled(s: string): boolean {
  return /^ *(?:-[ \t]*){3,}$|^ *(?:\*[ \t]*){3,}$|^ *(?:_[ \t]*){3,}$/.test(s);
}

// headed gives where the text of a heading stands behind its signs, without
// the signs that may close it.
function headed(s: string, at: number): readonly [number, number] {
  let from = at;
  while (s.charAt(from) === " " || s.charAt(from) === "\t") from++;
  let text = trimEnd(s.slice(from));
  let cut = text.length;
  while (text.charAt(cut - 1) === "#") cut--;
  if (cut < text.length && (cut === 0 || text.charAt(cut - 1) === " " || text.charAt(cut - 1) === "\t")) text = trimEnd(text.slice(0, cut));
  return [from, from + text.length];
}

function trimEnd(s: string): string {
  let end = s.length;
  while (s.charAt(end - 1) === " " || s.charAt(end - 1) === "\t") end--;
  return s.slice(0, end);
}

function indent(s: string): number {
  let at = 0;
  while (s.charCodeAt(at) === 32) at++;
  return at;
}

const blank = (s: string): boolean => !/[^ \t]/.test(s);

// language gives the first word behind a fence if it can be the name of a
// language.
function language(info: string): string {
  const word = /[^ \t]+/.exec(info)?.[0] ?? "";
  return /^[a-z0-9+#._-]{1,24}$/i.test(word) ? word.toLowerCase() : "";
}
