// Trees of texts, kept for those that were read last, and what of a long text
// is shown before anybody asks for the rest.
import { parse } from "~/kit/markup/parse.ts";
import { plain } from "~/kit/markup/plain.ts";
import type { Block, Inline, Range } from "~/kit/markup/tree.ts";

// Mentioned is where a text names somebody, in bytes of UTF-8 as the node
// counts.
export interface Mentioned extends Range {
  readonly account?: string;
}

// mentionsOf gives the mentions of a row; none where the node told of none.
export function mentionsOf(row: object): readonly Mentioned[] | undefined {
  return "mentions" in row && Array.isArray(row.mentions) ? (row.mentions as readonly Mentioned[]) : undefined;
}

export type Tree = readonly Block[];

const KEPT = 400;
const trees = new Map<string, Tree | undefined>();

// treeOf gives the tree of a text, undefined for one without marks. Texts are
// parsed once while they are looked at.
export function treeOf(text: string, mentions: readonly Mentioned[] = []): Tree | undefined {
  const key = mentions.length === 0 ? text : `${mentions.map(({ from, to }) => `${from}-${to}`).join()}\n${text}`;
  if (trees.has(key)) {
    const known = trees.get(key);
    trees.delete(key);
    trees.set(key, known);
    return known;
  }
  const { tree } = parse(text, mentions.length === 0 ? [] : inUnits(text, mentions));
  trees.set(key, tree);
  if (trees.size > KEPT) trees.delete(trees.keys().next().value ?? "");
  return tree;
}

// inUnits turns places in bytes into places in UTF-16 units. One inside of a
// character ends the list: nothing behind it can be trusted.
export function inUnits(text: string, mentions: readonly Range[]): Range[] {
  const out: Range[] = [];
  let unit = 0;
  let byte = 0;
  const to = (place: number): number | undefined => {
    while (byte < place && unit < text.length) {
      const c = text.codePointAt(unit) ?? 0;
      byte += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
      unit += c < 0x10000 ? 1 : 2;
    }
    return byte === place ? unit : undefined;
  };
  for (const mention of mentions) {
    const from = to(mention.from);
    const end = to(mention.to);
    if (from === undefined || end === undefined) break;
    out.push({ from, to: end });
  }
  return out;
}

const READ_OUT = 1000;

// readOut is a text as a screen reader reads it: without marks, and not endless.
export function readOut(text: string): string {
  const whole = plain(text);
  return whole.length > READ_OUT ? `${whole.slice(0, READ_OUT)}…` : whole;
}

const LINE = 100; // characters

// LONGEST is how many lines of a text are shown before a person asks for all.
export const LONGEST = 60;

// clipText cuts a text behind so many lines, a long line counting as several;
// undefined where it is shorter.
export function clipText(text: string, lines = LONGEST): string | undefined {
  let left = lines;
  for (let from = 0; from <= text.length; ) {
    const found = text.indexOf("\n", from);
    const to = found < 0 ? text.length : found;
    const cost = Math.max(1, Math.ceil((to - from) / LINE));
    if (cost > left) return text.slice(0, from + left * LINE).replace(/[\ud800-\udbff]$|\n$/, "");
    left -= cost;
    from = to + 1;
  }
  return undefined;
}

// clipTree cuts a tree behind so many lines; undefined where it is shorter. A
// mark is never cut, so that what it covers stays covered.
export function clipTree(tree: Tree, lines = LONGEST): Tree | undefined {
  const budget = { left: lines };
  const out = clipBlocks(tree, budget);
  return budget.left < 0 ? out : undefined;
}

interface Budget {
  left: number;
}

function clipBlocks(tree: Tree, budget: Budget): Block[] {
  const out: Block[] = [];
  for (const block of tree) {
    if (budget.left <= 0) {
      budget.left = -1;
      break;
    }
    out.push(clipBlock(block, budget));
  }
  return out;
}

function clipBlock(block: Block, budget: Budget): Block {
  switch (block.t) {
    case "p":
    case "h":
      return { ...block, c: clipInline(block.c, budget) };
    case "quote":
      return { ...block, c: clipBlocks(block.c, budget) };
    case "ul":
    case "ol": {
      const c: Block[][] = [];
      for (const item of block.c) {
        if (budget.left <= 0) {
          budget.left = -1;
          break;
        }
        c.push(clipBlocks(item, budget));
      }
      return { ...block, c };
    }
    case "pre":
      budget.left -= Math.min(FOLDED_CODE, block.v.split("\n").length);
      return block;
    default:
      budget.left -= 1;
      return block;
  }
}

// FOLDED_CODE is how many lines of code are shown before a person asks for all.
export const FOLDED_CODE = 20;

function clipInline(inline: readonly Inline[], budget: Budget): Inline[] {
  const out: Inline[] = [];
  for (const one of inline) {
    if (budget.left <= 0) {
      budget.left = -1;
      return out;
    }
    const text = typeof one === "string" ? one : JSON.stringify(one);
    const clipped = typeof one === "string" ? clipText(one, Math.ceil(budget.left)) : undefined;
    if (clipped !== undefined) {
      budget.left = -1;
      return [...out, clipped];
    }
    const breaks = text.split("\n").length - 1;
    budget.left -= Math.max(breaks, text.length / LINE);
    out.push(one);
  }
  if (budget.left > 0) budget.left = Math.max(0, budget.left - 0.5);
  return out;
}
