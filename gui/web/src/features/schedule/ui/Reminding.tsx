import { useEffect, useRef } from "react";
import { toast } from "~/kit/a11y/live.tsx";
import { Badge } from "~/kit/primitives/Badge.tsx";
import { useSlice } from "~/stream/store.ts";
import { later, wanting } from "../state.ts";
import { t } from "../text.ts";

// Reminding says that a reminder is due when it becomes that while the page is open.
export function Reminding() {
  const reminders = useSlice(later, (part) => part.reminders);
  const loaded = useSlice(later, (part) => part.loaded);
  const told = useRef<ReadonlySet<string>>(undefined);
  useEffect(() => {
    if (!loaded) return;
    const due = Object.values(reminders).filter((one) => one.due);
    for (const one of due) {
      if (told.current && !told.current.has(one.id)) toast(t("reminder.now", { text: one.note || one.text }));
    }
    told.current = new Set(due.map((one) => one.id));
  }, [reminders, loaded]);
  return null;
}

// LaterBadge counts what needs the person.
export function LaterBadge() {
  const count = useSlice(later, wanting);
  return <Badge count={count} label={t("later.label", { count })} />;
}
