// What the slice of privacy hangs into the screens.
import { EyeOff } from "lucide-react";
import { lazy } from "react";
import type { Hung } from "~/slots/types.ts";
import { t } from "./text.ts";

const PrivacyHere = lazy(() => import("./ui/PrivacyHere.tsx"));
const PrivacyPage = lazy(() => import("./ui/PrivacyPage.tsx"));

export const privacy: Hung = {
  settingsPages: [{ id: "privacy", rank: 40, icon: <EyeOff />, label: () => t("page"), Page: PrivacyPage }],
  panels: [
    {
      id: "privacy",
      rank: 80,
      icon: <EyeOff />,
      title: () => t("here.title"),
      when: ({ contact, group }) => (group ? group.state === "joined" : contact === "accepted"),
      Panel: PrivacyHere,
    },
  ],
};
