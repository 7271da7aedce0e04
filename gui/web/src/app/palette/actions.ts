// What the palette offers to do, beside going to a chat, a person or a page: the commands of the features, and all that can be
// done with the open conversation and with the newest message in it.
import type { Conversation } from "~/api/types.ts";
import { silence } from "~/features/conversation/rights.ts";
import { slots } from "~/slots/slots.ts";
import type { RowAction } from "~/slots/types.ts";
import type { Row, State } from "~/stream/model.ts";
import { rowsOf } from "~/stream/selectors.ts";
import { t } from "../text.ts";
import type { Target } from "./search.ts";

export type Go = (to: string) => void;

export function actions(state: State, open: Conversation | undefined, go: Go): Target[] {
  const commands = slots("commands")
    .filter((one) => one.when?.(open) !== false)
    .map((one) => ({ to: `command:${one.id}`, name: one.name(), run: () => one.run(go, open) }));
  return open ? [...commands, ...withNewest(state, open), ...withConversation(open), ...panels(open)] : commands;
}

// hasCommand tells whether an action has a command of the same name, which says in its own words what it is done with.
function hasCommand(action: { readonly id: string }): boolean {
  return slots("commands").some((one) => one.id === action.id);
}

// withNewest gives each action the newest message that it can be done with.
function withNewest(state: State, open: Conversation): Target[] {
  const rows = rowsOf(state, open.id);
  const fixed = open.contact === "blocked" || silence(open) !== undefined;
  const context = (row: Row) => ({ own: row.author === state.me?.acct, fixed });
  const offer = (action: RowAction): Target[] => {
    const row = rows.findLast((one) => action.when(one, context(one)));
    if (!row || hasCommand(action)) return [];
    return [{ to: `row:${action.id}`, name: t("palette.newest", { does: action.label() }), run: () => action.run(row, context(row)) }];
  };
  return slots("rowActions").flatMap(offer);
}

function withConversation(open: Conversation): Target[] {
  return slots("listActions")
    .filter((one) => one.when(open) && !hasCommand(one))
    .map((one) => ({ to: `list:${one.id}`, name: t("palette.here", { name: open.name, does: one.label(open) }), run: () => one.run(open) }));
}

function panels(open: Conversation): Target[] {
  return [
    { to: `/c/${open.id}?p=info`, name: open.group ? t("group.panel", { kind: open.kind }) : t("panel.title") },
    ...slots("panels")
      .filter((one) => one.when(open))
      .map((one) => ({ to: `/c/${open.id}?p=${one.id}`, name: one.title(open) })),
  ];
}
