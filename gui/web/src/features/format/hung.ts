// What formatting hangs into the screens: its keys, and what it makes of what
// is pasted. The texts themselves are drawn with the messages.
import type { Hung } from "~/slots/types.ts";
import { press } from "./keys.ts";
import { take } from "./taking.ts";

export const format: Hung = {
  composerKeys: [{ id: "format", press }],
  composerPastes: [{ id: "format", take }],
};
