// The door of the grammar: a text becomes a tree, or nothing where it has no
// mark and is shown as it is. The work is linear in its length.
import { blocks, spansOf } from "./block.ts";
import { bytes } from "./classes.ts";
import { MAX_NODES, MAX_TEXT, type Block, type Range, type Source } from "./tree.ts";

export interface Parsed {
  readonly tree: readonly Block[] | undefined;
  readonly steps: number;
}

// MAY_MARK is the quick look that most texts end with: without one of these
// there is no mark.
const MAY_MARK = /[\\`*_~|:<[]|(?:^|\n) *[>#+-]|[0-9wW][.)]/;

export function parse(text: string, mentions: readonly Range[] = []): Parsed {
  const long = text.length > MAX_TEXT || (text.length * 3 > MAX_TEXT && bytes(text) > MAX_TEXT);
  const known = valid(text, mentions);
  if (long || (known.length === 0 && !MAY_MARK.test(text))) return { tree: undefined, steps: 0 };
  const source: Source = { text, mentions: known, mention: 0, marked: false, nodes: 0, steps: 0 };
  const tree = blocks(source, spansOf(text), 0);
  return { tree: source.marked && source.nodes <= MAX_NODES ? tree : undefined, steps: source.steps };
}

// valid gives the ranges up to the first one that overlaps the one before or
// ends outside of the text.
function valid(text: string, mentions: readonly Range[]): readonly Range[] {
  let end = 0;
  const wrong = mentions.findIndex(({ from, to }) => {
    const bad = from < end || to <= from || to > text.length;
    end = to;
    return bad;
  });
  return wrong < 0 ? mentions : mentions.slice(0, wrong);
}
