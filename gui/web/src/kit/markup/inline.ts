// Reads the text of one paragraph or heading. It makes a flat list of items;
// what opens and closes where a mark stood is kept with the item of the mark.
import { findAddress, isAddress } from "./address.ts";
import { digit, letter, run, sign } from "./classes.ts";
import { grow } from "./grow.ts";
import { Marks } from "./marks.ts";
import { MAX_URL, type Inline, type Source, type Span } from "./tree.ts";

// Wrap is a mark around others; what stood there is kept for where it is too
// deep.
export interface Wrap {
  readonly t: "em" | "strong" | "del" | "spoiler" | "link";
  readonly url: string;
  readonly literal: string;
}

export interface Item {
  inline: Inline;
  readonly sign: string; // of a run, what it is made of
  left: number; // and how many of it are text
  readonly closes: Wrap[];
  readonly opens: Wrap[]; // the innermost first
}

interface Bracket {
  readonly item: number;
  readonly run: number; // the newest run before it
  readonly at: number;
}

interface Named extends Span {
  readonly number: number;
}

const MAX_PARENS = 8; // what keeps looking for the end of a link linear
const EMOJI = /:[a-z0-9_+-]{2,32}:/iy;

export function inline(source: Source, lines: readonly Span[]): readonly Inline[] {
  const mentions: Named[] = [];
  let s = "";
  lines.forEach((line, index) => {
    if (index > 0) s += "\n";
    for (let m = source.mentions[source.mention]; m && m.from < line.to; m = source.mentions[++source.mention]) {
      if (m.from < line.from || m.to > line.to) continue;
      const at = s.length - line.from;
      mentions.push({ from: at + m.from, to: at + m.to, number: source.mention });
    }
    s += source.text.slice(line.from, line.to);
  });
  return new Inliner(source, s, mentions).read();
}

class Inliner {
  private readonly items: Item[] = [];
  private readonly marks: Marks;
  private brackets: Bracket[] = [];
  private ticks: Map<number, number[]> | undefined; // where runs of backticks stand, the last first, by length
  private noBare = 0; // before here no address begins
  private start = 0; // of the text that is in no item yet

  constructor(
    private readonly source: Source,
    private readonly s: string,
    private readonly mentions: readonly Named[],
  ) {
    this.marks = new Marks(s, this.items);
  }

  read(): readonly Inline[] {
    this.scan();
    this.marks.match(-1);
    if (this.marks.paired) this.source.marked = true;
    const { tree, nodes } = grow(this.items);
    this.source.nodes += nodes;
    this.source.steps += this.marks.steps;
    return tree;
  }

  private scan(): void {
    const { s, mentions } = this;
    let next = 0;
    for (let i = 0; i < s.length; ) {
      this.source.steps++;
      const m = mentions[next];
      if (m && m.from <= i) {
        next++;
        if (m.from === i) {
          i = this.add(i, m.to, { t: "mention", n: m.number, v: s.slice(i, m.to) });
          continue;
        }
      }
      i = this.step(i, s.charAt(i));
    }
    this.flush(s.length);
  }

  private step(i: number, c: string): number {
    switch (c) {
      case "\\":
        return this.escape(i);
      case "`":
        return this.code(i);
      case "<":
        return this.angled(i);
      case "[":
        this.flush(i);
        this.brackets.push({ item: this.items.length, run: this.marks.last, at: i });
        this.push("[");
        this.start = i + 1;
        return i + 1;
      case "]":
        return this.close(i);
      case "*":
      case "_":
      case "~":
      case "|": {
        const count = this.items.length;
        const n = this.marks.read(i, () => this.flush(i));
        if (this.items.length > count) this.start = i + n;
        return i + n;
      }
      case ":":
        return this.emoji(i);
      case "h": case "H": case "w": case "W": case "m": case "M": case "c": case "C":
        return this.bare(i);
    }
    return i + 1;
  }

  private push(inline: Inline): void {
    this.items.push({ inline, sign: "", left: 0, closes: [], opens: [] });
  }

  // flush makes an item of the text up to a place.
  private flush(to: number): void {
    if (this.start < to) this.push(this.s.slice(this.start, to));
    this.start = to;
  }

  // add makes an item that stands from one place to another, and gives the
  // latter.
  private add(from: number, to: number, inline: Inline): number {
    this.flush(from);
    this.source.marked = true;
    this.push(inline);
    this.start = to;
    return to;
  }

  private escape(i: number): number {
    if (i + 1 === this.s.length || !sign(this.s.charCodeAt(i + 1))) return i + 1;
    this.flush(i);
    this.source.marked = true;
    this.start = i + 1;
    return i + 2;
  }

  // code reads what stands between two runs of backticks of one length.
  private code(i: number): number {
    const n = run(this.s, i);
    this.ticks ??= ticks(this.s);
    const ends = this.ticks.get(n) ?? [];
    while ((ends.at(-1) ?? Infinity) < i + n) ends.pop();
    const end = ends.at(-1);
    if (end === undefined) return i + n;
    let v = this.s.slice(i + n, end).replaceAll("\n", " ");
    if (v.length > 2 && v.startsWith(" ") && v.endsWith(" ") && /[^ ]/.test(v)) v = v.slice(1, -1);
    return this.add(i, end + n, { t: "code", v });
  }

  // angled reads an address between angle brackets.
  private angled(i: number): number {
    const rest = this.s.slice(i + 1, i + 2 + MAX_URL);
    const n = rest.search(/[<> \n]/);
    const url = rest.slice(0, Math.max(n, 0));
    if (n < 1 || rest.charAt(n) !== ">" || !isAddress(url)) return i + 1;
    return this.add(i, i + n + 2, { t: "auto", v: url, url });
  }

  // bare reads an address that stands in the text without marks.
  private bare(i: number): number {
    if (i < this.noBare || (i > 0 && this.worded(i - 1))) return i + 1;
    const { length, looked, url } = findAddress(this.s, i, this.brackets.length > 0);
    this.source.steps += looked;
    if (length === 0) {
      this.noBare = i + looked;
      return i + 1;
    }
    return this.add(i, i + length, { t: "auto", v: this.s.slice(i, i + length), url });
  }

  private worded(i: number): boolean {
    const c = this.s.charCodeAt(i);
    return letter(c) || digit(c);
  }

  // emoji reads a name between colons.
  private emoji(i: number): number {
    if (i > 0 && this.worded(i - 1)) return i + 1;
    EMOJI.lastIndex = i;
    const v = EMOJI.exec(this.s)?.[0];
    return v === undefined ? i + 1 : this.add(i, i + v.length, { t: "emoji", v: v.slice(1, -1) });
  }

  // close reads what follows the end of a bracket: with an address in
  // parentheses it is a link. There is no link inside a link.
  private close(i: number): number {
    const bracket = this.brackets.pop();
    if (!bracket || this.s.charAt(i + 1) !== "(" || bracket.at + 1 === i) return i + 1;
    const [url, end] = this.target(i + 2);
    if (end < 0 || !isAddress(url)) return i + 1;
    this.flush(i);
    this.source.marked = true;
    this.marks.match(bracket.run);
    const opener = this.items[bracket.item] as Item;
    opener.inline = "";
    opener.opens.push({ t: "link", url, literal: "[" });
    this.push("");
    this.items.at(-1)?.closes.push({ t: "link", url, literal: this.s.slice(i, end + 1) });
    this.brackets = [];
    this.start = end + 1;
    return end + 1;
  }

  // target reads an address up to the parenthesis that closes it, -1 for none.
  private target(from: number): readonly [string, number] {
    let url = "";
    let depth = 0;
    for (let i = from; i < this.s.length && i - from <= MAX_URL; i++) {
      this.source.steps++;
      let c = this.s.charCodeAt(i);
      if (c <= 32 || c === 60 || c === 62) break;
      if (c === 92 && sign(this.s.charCodeAt(i + 1))) c = this.s.charCodeAt(++i);
      else if (c === 40 && ++depth > MAX_PARENS) break;
      else if (c === 41 && depth-- === 0) return [url, i];
      url += String.fromCharCode(c);
    }
    return ["", -1];
  }
}

function ticks(s: string): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (let at = s.indexOf("`"); at >= 0; at = s.indexOf("`", at)) {
    const n = run(s, at);
    const places = found.get(n);
    if (places) places.push(at);
    else found.set(n, [at]);
    at += n;
  }
  for (const places of found.values()) places.reverse();
  return found;
}
