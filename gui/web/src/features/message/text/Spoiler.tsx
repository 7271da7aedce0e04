import { useState, type ReactNode } from "react";
import { plainInline } from "~/kit/markup/plain.ts";
import type { Inline } from "~/kit/markup/tree.ts";
import { t } from "../text.ts";

// Spoiler covers a text until somebody wants to see it. Its letters are in the
// page only then; before, as many blanks hold their room.
export function Spoiler({ inline, children }: { inline: readonly Inline[]; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  if (open) return <span className="text-spoiler text-spoiler-open">{children}</span>;
  const room = plainInline(inline).replace(/[^\s]/gu, "\u2588");
  return (
    <button type="button" className="text-spoiler" tabIndex={-1} aria-label={t("text.spoiler")} title={t("text.spoiler")} onClick={() => setOpen(true)}>
      <span aria-hidden="true">{room}</span>
    </button>
  );
}
