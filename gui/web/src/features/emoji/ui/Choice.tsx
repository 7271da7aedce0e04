import { lazy, Suspense } from "react";
import type { EmojiChoice } from "~/slots/types.ts";

const PackPopup = lazy(() => import("./PackPopup.tsx"));

// Choice is the picker with the emoji of a chat, read when it is first wanted.
export const Choice: EmojiChoice["Popup"] = (props) => (
  <Suspense>
    <PackPopup {...props} />
  </Suspense>
);
