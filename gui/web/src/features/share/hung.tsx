// What sharing hangs into the screens: a button beside the composer, and what
// stands under a message.
import { ChartBar, MapPin, Plus, UserRound } from "lucide-react";
import { lazy, Suspense, type ComponentType } from "react";
import { IconButton } from "~/kit/primitives/Button.tsx";
import { openDialog, openMenu } from "~/slots/dialogs.tsx";
import type { Row } from "~/stream/model.ts";
import type { Compose, Hung } from "~/slots/types.ts";
import { t } from "./text.ts";

type Sharing = ComponentType<{ conversation: string; onClose(): void }>;

const LocationDialog = lazy(() => import("./ui/LocationDialog.tsx"));
const RowShares = lazy(() => import("./ui/RowShares.tsx"));
const ContactDialog = lazy(() => import("./ui/ContactDialog.tsx"));

const PollDialog = lazy(() => import("./poll/PollDialog.tsx"));
const RowPoll = lazy(() => import("./poll/RowPoll.tsx"));

const ask = (conversation: string, Form: Sharing) => () =>
  void openDialog((close) => (
    <Suspense>
      <Form conversation={conversation} onClose={close} />
    </Suspense>
  ));

function ShareButton({ compose: { conversation, editing } }: { compose: Compose }) {
  if (editing) return null;
  return (
    <IconButton label={t("add")} icon={<Plus />}
      onClick={(event) =>
        openMenu(t("add"), event.currentTarget, [
          { label: t("location"), icon: <MapPin />, onChoose: ask(conversation, LocationDialog) },
          { label: t("contact"), icon: <UserRound />, onChoose: ask(conversation, ContactDialog) },
          { label: t("poll"), icon: <ChartBar />, onChoose: ask(conversation, PollDialog) },
        ])
      } />
  );
}

function Shares({ row }: { row: Row }) {
  if (!row.location && !row.card && !row.poll) return null;
  return (
    <Suspense>
      {row.poll ? <RowPoll row={row} poll={row.poll} /> : <RowShares row={row} />}
    </Suspense>
  );
}

export const share: Hung = {
  rowParts: [{ id: "share", place: "below", Part: Shares }],
  commands: [{ id: "poll", name: () => t("poll"), when: (open) => open !== undefined, run: (_go, open) => open && ask(open.id, PollDialog)() }],
  composerParts: [{ id: "share", place: "tool", Part: ShareButton }],
};
