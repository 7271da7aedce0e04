// Whose safety number was compared, and whether it still is the one that was.
import { api, call } from "~/api/http.ts";
import type { Conversation, Verification } from "~/api/types.ts";
import { sliceState } from "~/stream/slices.ts";

type Known = Readonly<Record<string, Verification>>;

export const verifications = sliceState<Known>({
  name: "verify",
  initial: {},
  frames: { verification: (part, one) => ({ ...part, [one.acct]: one }) },
  load: async () => {
    const { items } = await call(api.GET("/api/v1/verifications"));
    return () => Object.fromEntries(items.map((one) => [one.acct, one]));
  },
});

// verifiedIn tells how the other of a direct chat stands.
export function verifiedIn(known: Known, { with: acct }: Conversation): Verification["state"] {
  return (acct !== undefined && known[acct]?.state) || "new";
}
