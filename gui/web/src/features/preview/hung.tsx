// What previews of links hang into the screens.
import { Link2 } from "lucide-react";
import { lazy, Suspense } from "react";
import type { Me } from "~/api/types.ts";
import type { Hung } from "~/slots/types.ts";
import { take } from "./state.ts";
import { t } from "./text.ts";
import { ComposerPreview } from "./ui/ComposerPreview.tsx";
import { RowPreview } from "./ui/RowPreview.tsx";

const Settings = lazy(() => import("./ui/PreviewSettings.tsx"));

function Page({ me }: { me: Me }) {
  return (
    <Suspense>
      <Settings me={me} />
    </Suspense>
  );
}

export const preview: Hung = {
  rowParts: [{ id: "preview", place: "below", Part: RowPreview }],
  composerParts: [{ id: "preview", place: "above", Part: ComposerPreview }],
  sendParts: [{ id: "preview", take }],
  settingsPages: [{ id: "previews", rank: 45, icon: <Link2 />, label: () => t("title"), Page }],
};
