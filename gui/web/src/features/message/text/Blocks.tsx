// Draws the tree of a text, as elements and never as markup.
import { Fragment, type ReactNode } from "react";
import type { Block, Inline } from "~/kit/markup/tree.ts";
import { NamedEmoji } from "~/slots/NamedEmoji.tsx";
import { CodeBlock } from "./CodeBlock.tsx";
import { LinkText } from "./LinkText.tsx";
import type { Mentioned } from "./parsed.ts";
import { Spoiler } from "./Spoiler.tsx";
import { t } from "../text.ts";

// Reading is what the parts of a text need to know of where they stand.
export interface Reading {
  readonly conversation: string;
  readonly mentions: readonly Mentioned[];
  readonly mine: string | undefined;
}

export function BlockList({ blocks, reading }: { blocks: readonly Block[]; reading: Reading }): ReactNode {
  return blocks.map((block, index) => <Fragment key={index}>{drawn(block, reading)}</Fragment>);
}

function drawn(block: Block, reading: Reading): ReactNode {
  switch (block.t) {
    case "p":
      return <p dir="auto">{inlines(block.c, reading)}</p>;
    case "h":
      return (
        <p className={`text-heading text-heading-${Math.min(block.n, 3)}`} dir="auto">
          {inlines(block.c, reading)}
        </p>
      );
    case "pre":
      return <CodeBlock code={block.v} lang={block.lang} />;
    case "quote":
      return (
        <blockquote className="text-quote">
          <BlockList blocks={block.c} reading={reading} />
        </blockquote>
      );
    case "ul":
      return <ul className="text-list">{items(block.c, reading)}</ul>;
    case "ol":
      return (
        <ol className="text-list" start={block.n}>
          {items(block.c, reading)}
        </ol>
      );
    case "hr":
      return <hr className="text-rule" />;
  }
}

function items(all: readonly (readonly Block[])[], reading: Reading): ReactNode {
  return all.map((item, index) => (
    <li key={index} dir="auto">
      <BlockList blocks={item} reading={reading} />
    </li>
  ));
}

export function inlines(all: readonly Inline[], reading: Reading): ReactNode {
  return all.map((one, index) => <Fragment key={index}>{inlined(one, reading)}</Fragment>);
}

function inlined(one: Inline, reading: Reading): ReactNode {
  if (typeof one === "string") return straightened(one);
  switch (one.t) {
    case "em":
      return <em>{inlines(one.c, reading)}</em>;
    case "strong":
      return <strong>{inlines(one.c, reading)}</strong>;
    case "del":
      return <del>{inlines(one.c, reading)}</del>;
    case "code":
      return <code className="text-code" dir="ltr">{straightened(one.v)}</code>;
    case "spoiler":
      return <Spoiler inline={one.c}>{inlines(one.c, reading)}</Spoiler>;
    case "link":
      return <LinkText url={one.url} inline={one.c}>{inlines(one.c, reading)}</LinkText>;
    case "auto":
      return <LinkText url={one.url} inline={[one.v]}>{straightened(one.v)}</LinkText>;
    case "emoji":
      return <NamedEmoji name={one.v} conversation={reading.conversation} />;
    case "mention": {
      const whom = reading.mentions[one.n];
      const mine = reading.mine !== undefined && (whom?.account === reading.mine || (whom !== undefined && whom.account === undefined));
      return <bdi className={mine ? "text-mention text-mention-mine" : "text-mention"}>{straightened(one.v)}</bdi>;
    }
  }
}

const TURNS = /([\u202a-\u202e])/;

// straightened names the characters that would turn the direction of reading
// around, instead of following them.
export function straightened(text: string): ReactNode {
  if (!TURNS.test(text)) return text;
  return text.split(TURNS).map((part, index) =>
    index % 2 === 0 ? part : (
      <span key={index} className="text-turn" title={t("text.turn")}>
        {`U+${part.charCodeAt(0).toString(16).toUpperCase()}`}
      </span>
    ),
  );
}
