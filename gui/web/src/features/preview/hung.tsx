// What previews of links hang into the screens.
import { Link2 } from "lucide-react";
import { lazy, Suspense } from "react";
import type { Me } from "~/api/types.ts";
import type { Compose, Hung } from "~/slots/types.ts";
import type { Row } from "~/stream/model.ts";
import { t } from "./text.ts";

const Settings = lazy(() => import("./ui/PreviewSettings.tsx"));

function Page({ me }: { me: Me }) {
  return (
    <Suspense>
      <Settings me={me} />
    </Suspense>
  );
}

// What looks for previews is loaded with the first link that is written.
let state: typeof import("./state.ts") | undefined;
const ComposerPreview = lazy(async () => {
  state = await import("./state.ts");
  return import("./ui/ComposerPreview.tsx");
});
const RowPreview = lazy(() => import("./ui/RowPreview.tsx"));

function Writing({ compose }: { compose: Compose }) {
  if (!state && !/https?:/i.test(compose.text)) return null;
  return (
    <Suspense>
      <ComposerPreview compose={compose} />
    </Suspense>
  );
}

function Reading({ row }: { row: Row }) {
  if (!row.preview) return null;
  return (
    <Suspense>
      <RowPreview row={row} />
    </Suspense>
  );
}

export const preview: Hung = {
  rowParts: [{ id: "preview", place: "below", Part: Reading }],
  composerParts: [{ id: "preview", place: "above", thread: true, Part: Writing }],
  sendParts: [{ id: "preview", goes: ({ place }, text) => state?.goes(place, text), gone: (place) => state?.gone(place) }],
  settingsPages: [{ id: "previews", rank: 45, icon: <Link2 />, label: () => t("title"), Page }],
};
