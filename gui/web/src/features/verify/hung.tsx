// What the slice of safety numbers hangs into the screens.
import { ShieldCheck } from "lucide-react";
import { lazy, Suspense } from "react";
import type { Conversation } from "~/api/types.ts";
import type { Hung } from "~/slots/types.ts";
import { readSlice, useSlice } from "~/stream/store.ts";
import { verifications, verifiedIn } from "./state.ts";
import { t } from "./text.ts";

const SafetyBadge = lazy(() => import("./safety/SafetyBadge.tsx"));
const SafetyPanel = lazy(() => import("./safety/SafetyPanel.tsx"));
const ChangedFoot = lazy(() => import("./safety/ChangedFoot.tsx"));

function Badge({ conversation }: { conversation: Conversation }) {
  const state = useSlice(verifications, (known) => verifiedIn(known, conversation));
  return (
    state !== "new" && (
      <Suspense>
        <SafetyBadge conversation={conversation} state={state} />
      </Suspense>
    )
  );
}

export const verify: Hung = {
  headParts: [{ id: "verify", place: "tool", Part: Badge, when: ({ group }) => group === undefined }],
  foots: [{ id: "verify", when: (conversation) => verifiedIn(readSlice(verifications), conversation) === "changed", Foot: ChangedFoot }],
  panels: [
    {
      id: "verify",
      rank: 10,
      icon: <ShieldCheck />,
      title: () => t("title"),
      note: (conversation) => {
        const state = verifiedIn(readSlice(verifications), conversation);
        return state === "new" ? undefined : t(state);
      },
      when: ({ group, contact }) => group === undefined && contact !== undefined && contact !== "requested",
      Panel: SafetyPanel,
    },
  ],
};
