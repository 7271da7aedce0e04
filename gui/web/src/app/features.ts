// What features hang into the screens, one line a slice. The order is that of what has no rank.
import { draft } from "~/features/draft/hung.tsx";
import { message } from "~/features/message/hung.tsx";
import { schedule } from "~/features/schedule/hung.tsx";
import { snippet } from "~/features/snippet/hung.tsx";
import type { Hung } from "~/slots/types.ts";

export const features: readonly Hung[] = [
  message,
  draft,
  schedule,
  snippet,
];
