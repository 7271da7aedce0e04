import { SmilePlus } from "lucide-react";
import type { Row } from "~/stream/model.ts";
import { useSlice } from "~/stream/store.ts";
import { mayReact, react } from "../commands.ts";
import { pickFor, showWho } from "../open.tsx";
import { namesOf } from "../names.ts";
import { pending, signKey, withPending } from "../pending.ts";
import { t } from "../text.ts";
import { Sign } from "./Sign.tsx";
import "./reaction.css";

const NONE: never[] = [];

// Chips shows the reactions to a message. A press adds the own or takes it away, a long one shows who.
export function Chips({ row }: { row: Row }) {
  const wanted = useSlice(pending, (part) => part[row.id]);
  const shown = withPending(row.reactions ?? NONE, wanted);
  if (shown.length === 0) return null;
  const may = mayReact(row);
  return (
    <ul className="reactions" aria-label={t("chips")}>
      {shown.map((one) => (
        <li key={signKey(one)}>
          <button type="button" className="reaction" aria-pressed={one.mine} title={namesOf(one)} tabIndex={-1} aria-disabled={!may || undefined}
            aria-label={t("chip", { emoji: one.emoji, count: one.count, names: namesOf(one) })}
            onClick={() => may && void react(row, one)}
            onContextMenu={(event) => {
              event.preventDefault();
              event.stopPropagation();
              showWho(row);
            }}>
            <span className="reaction-sign">
              <Sign conversation={row.conversation} sign={one} />
            </span>
            <span>{one.count}</span>
          </button>
        </li>
      ))}
      {may && (
        <li>
          <button type="button" className="reaction reaction-more" aria-label={t("react")} title={t("react")} tabIndex={-1} onClick={() => pickFor(row)}>
            <SmilePlus aria-hidden="true" />
          </button>
        </li>
      )}
    </ul>
  );
}
