import { Ellipsis } from "lucide-react";
import { IconButton } from "~/kit/primitives/Button.tsx";
import type { PopupPlace } from "~/kit/primitives/PopupMenu.tsx";
import { openMenu } from "~/slots/dialogs.tsx";
import { slots } from "~/slots/slots.ts";
import type { RowAction, RowContext } from "~/slots/types.ts";
import type { Row } from "~/stream/model.ts";
import { t } from "../text.ts";

export function actionsOf(row: Row, context: RowContext): RowAction[] {
  return slots("rowActions").filter((one) => one.when(row, context));
}

// Toolbar stands over the message that the pointer or the focus is on.
export function Toolbar({ row, context }: { row: Row; context: RowContext }) {
  const all = actionsOf(row, context);
  if (all.length === 0) return null;
  const bar = all.filter((one) => one.bar);
  return (
    <div className="message-actions" role="group" aria-label={t("actions")}>
      {bar.map((one) => (
        <IconButton key={one.id} label={one.label()} icon={one.icon} tabIndex={-1} onClick={() => one.run(row, context)} />
      ))}
      {bar.length < all.length && (
        <IconButton label={t("actions.more")} icon={<Ellipsis />} tabIndex={-1} aria-haspopup="menu"
          onClick={(event) => openActions(row, context, event.currentTarget)} />
      )}
    </div>
  );
}

// openActions lists everything that can be done with a message.
export function openActions(row: Row, context: RowContext, at: PopupPlace): void {
  const items = actionsOf(row, context).map((one) => ({
    label: one.label(),
    icon: one.icon,
    danger: one.danger === true,
    ...(one.key === undefined ? {} : { detail: one.key.toUpperCase() }),
    onChoose: () => one.run(row, context),
  }));
  if (items.length > 0) openMenu(t("actions"), at, items);
}
