import { useStore } from "~/stream/store.ts";
import type { ReplyTo } from "~/stream/model.ts";
import { nameColour } from "~/kit/primitives/Avatar.tsx";
import { quote } from "../replying.ts";
import { t } from "../text.ts";
import "./quote.css";

interface QuoteBoxProps {
  reply: ReplyTo;
  name: string; // of its author
  onJump(message: string): void;
}

// QuoteBox stands in a message that answers another one, and leads there.
// While the other is in the page it shows what that says now.
export function QuoteBox({ reply, name, onJump }: QuoteBoxProps) {
  const row = useStore((state) => state.rows[state.keyOf[reply.id] ?? ""]);
  const now = row ? quote(row) : reply;
  if (now.deleted) return <p className="quote quote-gone">{t("quote.gone")}</p>;
  return (
    <button type="button" className="quote" tabIndex={-1} onClick={() => onJump(now.id)}>
      <span className="sr-only">{t("quote.jump")}</span>
      <bdi className={`quote-author name-${nameColour(now.author ?? "")}`}>{name}</bdi>
      <span className="quote-text" dir="auto">
        {now.text}
      </span>
    </button>
  );
}
