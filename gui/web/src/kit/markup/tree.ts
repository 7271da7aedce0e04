// The tree of a formatted text. The node has the same grammar in
// protocol/markup, and both are held to the trees in its testdata.

export type Inline =
  | string
  | { readonly t: "em" | "strong" | "del" | "spoiler"; readonly c: readonly Inline[] }
  | { readonly t: "link"; readonly url: string; readonly c: readonly Inline[] }
  | { readonly t: "auto"; readonly url: string; readonly v: string }
  | { readonly t: "code" | "emoji"; readonly v: string }
  | { readonly t: "mention"; readonly n: number; readonly v: string };

export type Block =
  | { readonly t: "p"; readonly c: readonly Inline[] }
  | { readonly t: "h"; readonly n: number; readonly c: readonly Inline[] }
  | { readonly t: "pre"; readonly v: string; readonly lang: string }
  | { readonly t: "quote"; readonly c: readonly Block[] }
  | { readonly t: "ul"; readonly c: readonly (readonly Block[])[] }
  | { readonly t: "ol"; readonly n: number; readonly c: readonly (readonly Block[])[] }
  | { readonly t: "hr" };

// Range is where a mention stands, in UTF-16 units here and in bytes of UTF-8
// on the way from the node.
export interface Range {
  readonly from: number;
  readonly to: number;
}

export const MAX_TEXT = 60_000; // bytes
export const MAX_BLOCKS = 8; // quotes and lists inside one another
export const MAX_INLINE = 16; // marks inside one another; deeper ones are text
export const MAX_NODES = 4000; // a text with more is shown as it is
export const MAX_URL = 2048; // bytes

// Span is a part of the source.
export interface Span {
  readonly from: number;
  readonly to: number;
}

// Source is a text that is being read.
export interface Source {
  readonly text: string;
  readonly mentions: readonly Range[];
  mention: number; // the next one
  marked: boolean;
  nodes: number;
  steps: number; // of the loops that could be more than linear, for the tests
}
