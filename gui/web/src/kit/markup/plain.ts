// A text as it reads without marks, as the node makes it for notifications and
// previews: spoilers are covered, a link whose text does not name its host
// tells it, and nothing changes the direction of reading.
import { hostName, told } from "./address.ts";
import { parse } from "./parse.ts";
import type { Block, Inline, Range } from "./tree.ts";

const HIDDEN = "▒▒▒▒▒";

export function plain(text: string, mentions: readonly Range[] = []): string {
  const { tree } = parse(text, mentions);
  return (tree ? plainBlocks(tree) : text).replace(/[\u202a-\u202e\u2066-\u2069]/g, "");
}

function plainBlocks(blocks: readonly Block[]): string {
  return blocks.map(plainBlock).join("\n");
}

function plainBlock(block: Block): string {
  switch (block.t) {
    case "pre":
      return block.v;
    case "hr":
      return "———";
    case "quote":
      return indented("> ", "> ", plainBlocks(block.c));
    case "ul":
      return block.c.map((item) => indented("• ", "  ", plainBlocks(item))).join("\n");
    case "ol":
      return block.c.map((item, index) => indented(`${block.n + index}. `, "  ", plainBlocks(item))).join("\n");
    default:
      return plainInline(block.c);
  }
}

function indented(first: string, others: string, text: string): string {
  return first + text.replaceAll("\n", `\n${others}`);
}

export function plainInline(inline: readonly Inline[]): string {
  return inline.map(plainOne).join("");
}

function plainOne(inline: Inline): string {
  if (typeof inline === "string") return inline;
  switch (inline.t) {
    case "spoiler":
      return HIDDEN;
    case "emoji":
      return `:${inline.v}:`;
    case "link": {
      const text = plainInline(inline.c);
      return told(text, inline.url) ? text : `${text} (${hostName(inline.url)})`;
    }
    case "em":
    case "strong":
    case "del":
      return plainInline(inline.c);
    default:
      return inline.v;
  }
}
