// When a status ends.
export const ENDS = ["never", "hour", "hours", "today", "week"] as const;
export type End = (typeof ENDS)[number];

// endOf is the moment, as the API wants it; undefined for no end.
export function endOf(end: End, now: Date): string | undefined {
  const at = new Date(now);
  switch (end) {
    case "never":
      return undefined;
    case "hour":
      at.setHours(at.getHours() + 1);
      break;
    case "hours":
      at.setHours(at.getHours() + 4);
      break;
    case "today":
      at.setHours(24, 0, 0, 0);
      break;
    case "week": // up to Sunday night
      at.setDate(at.getDate() + ((7 - at.getDay()) % 7));
      at.setHours(24, 0, 0, 0);
      break;
  }
  return at.toISOString();
}
