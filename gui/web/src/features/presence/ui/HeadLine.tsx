import type { ReactNode } from "react";
import type { Conversation } from "~/api/types.ts";
import { useSlice } from "~/stream/store.ts";
import { presence, presenceIn, presenceLine } from "../presence.ts";
import { typing, writersIn } from "../typing.ts";
import { typingLine } from "../words.ts";
import { Shape } from "./Shape.tsx";
import "./presence.css";

// HeadLine says who writes, else whether the other is there, else what the line usually says.
export function HeadLine({ conversation, usual }: { conversation: Conversation; usual: ReactNode }) {
  const names = useSlice(typing, (part) => writersIn(part, conversation.id)).map((one) => one.name);
  const now = useSlice(presence, (known) => presenceIn(known, conversation));
  if (names.length > 0) return <span className="typing-line">{typingLine(names, conversation.group === undefined)}</span>;
  if (!now || conversation.contact !== "accepted") return usual;
  return (
    <span className="presence-line">
      <Shape state={now.state} />
      {presenceLine(now)}
    </span>
  );
}

// TypingMark stands in the list while somebody writes.
export function TypingMark({ conversation }: { conversation: Conversation }) {
  const names = useSlice(typing, (part) => writersIn(part, conversation.id)).map((one) => one.name);
  if (names.length === 0) return null;
  return (
    <span className="typing-mark">
      <span aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      <span className="sr-only">{typingLine(names, conversation.group === undefined)}</span>
    </span>
  );
}
