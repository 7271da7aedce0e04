// How often the account was mentioned since the page was opened: the inbox reads its newest page again when that grows.
import { sliceState } from "~/stream/slices.ts";

export const mentions = sliceState<{ readonly came: number }>({
  name: "mention",
  initial: { came: 0 },
  frames: { mention: ({ came }) => ({ came: came + 1 }) },
  load: async () => ({ came }) => ({ came: came + 1 }),
});
