import { Badge } from "~/kit/primitives/Badge.tsx";
import { useSlice } from "~/stream/store.ts";
import { threads } from "../views.ts";
import { t } from "./text.ts";

// ThreadsBadge counts the followed threads that have something new.
export default function ThreadsBadge() {
  const count = useSlice(threads, (part) => part.fresh.size);
  return <Badge count={count} label={t("threads.unread", { count })} />;
}
