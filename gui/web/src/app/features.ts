// What features hang into the screens, one line a slice. The order is that of what has no rank.
import { conversation } from "~/features/conversation/hung.tsx";
import { draft } from "~/features/draft/hung.tsx";
import { emoji } from "~/features/emoji/hung.tsx";
import { format } from "~/features/format/hung.ts";
import { handling } from "~/features/handling/hung.tsx";
import { mark } from "~/features/mark/hung.tsx";
import { mention } from "~/features/mention/hung.tsx";
import { message } from "~/features/message/hung.tsx";
import { presence } from "~/features/presence/hung.tsx";
import { preview } from "~/features/preview/hung.tsx";
import { priority } from "~/features/priority/hung.tsx";
import { privacy } from "~/features/privacy/hung.tsx";
import { reaction } from "~/features/reaction/hung.tsx";
import { receipt } from "~/features/receipt/hung.tsx";
import { schedule } from "~/features/schedule/hung.tsx";
import { settings } from "~/features/settings/hung.tsx";
import { share } from "~/features/share/hung.tsx";
import { snippet } from "~/features/snippet/hung.tsx";
import { verify } from "~/features/verify/hung.tsx";
import { thread } from "~/features/thread/hung.tsx";
import type { Hung } from "~/slots/types.ts";
import { days } from "./chat/days.ts";

export const features: readonly Hung[] = [
  days,
  message,
  presence,
  privacy,
  receipt,
  format,
  preview,
  share,
  reaction,
  mark,
  emoji,
  handling,
  priority,
  draft,
  schedule,
  snippet,
  mention,
  thread,
  conversation,
  settings,
  verify,
];
