import { CircleAlert, Siren } from "lucide-react";
import type { Priority } from "~/api/types.ts";

export function PriorityIcon({ priority }: { priority: Priority }) {
  return priority === "urgent" ? <Siren aria-hidden="true" /> : <CircleAlert aria-hidden="true" />;
}
