import { Fragment, useState, type ReactNode } from "react";
import { clipText, clipTree, treeOf, type Mentioned, type Tree } from "./parsed.ts";
import { BlockList, inlines, straightened, type Reading } from "./Blocks.tsx";
import { t } from "../text.ts";
import "./text.css";

interface MessageTextProps {
  text: string;
  conversation: string;
  mentions?: readonly Mentioned[] | undefined;
  mine?: string | undefined; // the account that reads
}

// MessageText shows what somebody wrote. A text without marks is shown byte
// for byte; any other by the tree that the grammar gives it. A long one is
// folded until somebody asks for all of it.
export function MessageText({ text, conversation, mentions, mine }: MessageTextProps) {
  const [open, setOpen] = useState(false);
  const tree = treeOf(text, mentions);
  const clipped = tree ? clipTree(tree) : clipText(text);
  const folded = clipped !== undefined && !open;
  const shown = tree ? (
    <Rich tree={folded ? (clipped as Tree) : tree} reading={{ conversation, mentions: mentions ?? [], mine }} />
  ) : (
    <p className="message-text" dir="auto">
      {straightened(folded ? (clipped as string) : text)}
    </p>
  );
  if (clipped === undefined) return shown;
  return (
    <div className="text-folds" data-folded={folded || undefined}>
      {shown}
      <button type="button" className="text-more" tabIndex={-1} aria-expanded={open} onClick={() => setOpen(!open)}>
        {t(open ? "text.less" : "text.more")}
      </button>
    </div>
  );
}

function Rich({ tree, reading }: { tree: Tree; reading: Reading }): ReactNode {
  const [only] = tree;
  if (tree.length === 1 && only?.t === "p") {
    return (
      <p className="message-text" dir="auto">
        <Fragment>{inlines(only.c, reading)}</Fragment>
      </p>
    );
  }
  return (
    <div className="message-text message-rich">
      <BlockList blocks={tree} reading={reading} />
    </div>
  );
}
