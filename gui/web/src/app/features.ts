// What features hang into the screens, one line a slice. The order is that of what has no rank.
import { emoji } from "~/features/emoji/hung.tsx";
import { mark } from "~/features/mark/hung.tsx";
import { draft } from "~/features/draft/hung.tsx";
import { mention } from "~/features/mention/hung.tsx";
import { message } from "~/features/message/hung.tsx";
import { reaction } from "~/features/reaction/hung.tsx";
import { handling } from "~/features/handling/hung.tsx";
import { priority } from "~/features/priority/hung.tsx";
import { conversation } from "~/features/conversation/hung.tsx";
import { settings } from "~/features/settings/hung.tsx";
import type { Hung } from "~/slots/types.ts";

export const features: readonly Hung[] = [
  message,
  reaction,
  mark,
  emoji,
  handling,
  priority,
  draft,
  mention,
  conversation,
  settings,
];
