// Makes the tree of the items of a paragraph, in one walk over them.
import type { Item, Wrap } from "./inline.ts";
import { MAX_INLINE, type Inline } from "./tree.ts";

interface Frame {
  readonly wrap: Wrap | undefined;
  readonly children: Inline[];
  text: string; // what follows the children
}

export interface Grown {
  readonly tree: readonly Inline[];
  readonly nodes: number;
}

export function grow(items: readonly Item[]): Grown {
  const root: Frame = { wrap: undefined, children: [], text: "" };
  const stack = [root];
  let top = root;
  let links = 0;
  let nodes = 0;
  let shades = 0; // too deep ones that are open and stay text, all of them inside the others
  const settle = (frame: Frame): readonly Inline[] => {
    if (frame.text !== "") {
      frame.children.push(frame.text);
      frame.text = "";
      nodes++;
    }
    return frame.children;
  };
  const add = (inline: Inline): void => {
    if (typeof inline === "string") top.text += inline;
    else if (links > 0 && (inline.t === "auto" || inline.t === "mention")) top.text += inline.v;
    else {
      settle(top);
      nodes++;
      top.children.push(inline);
    }
  };
  const close = (wrap: Wrap): void => {
    if (shades > 0) {
      shades--;
      top.text += wrap.literal;
      return;
    }
    const frame = stack.pop() ?? root;
    top = stack.at(-1) ?? root;
    if (wrap.t === "link") links--;
    const c = settle(frame);
    add(wrap.t === "link" ? { t: "link", url: frame.wrap?.url ?? "", c } : { t: frame.wrap?.t ?? "em", c } as Inline);
  };
  const open = (wrap: Wrap): void => {
    if (stack.length > MAX_INLINE) {
      shades++;
      top.text += wrap.literal;
      return;
    }
    top = { wrap, children: [], text: "" };
    stack.push(top);
    if (wrap.t === "link") links++;
  };
  for (const item of items) {
    item.closes.forEach(close);
    add(item.sign === "" ? item.inline : item.sign.repeat(item.left));
    for (let i = item.opens.length - 1; i >= 0; i--) open(item.opens[i] as Wrap);
  }
  return { tree: settle(root), nodes };
}
