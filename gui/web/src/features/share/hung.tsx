// What sharing hangs into the screens: a button beside the composer, what is pasted and dropped, and what stands with a message.
import { ChartBar, ImagePlus, MapPin, Plus, UserRound } from "lucide-react";
import { lazy, Suspense, type ComponentType } from "react";
import { IconButton } from "~/kit/primitives/Button.tsx";
import { openDialog, openMenu } from "~/slots/dialogs.tsx";
import type { Row } from "~/stream/model.ts";
import type { Compose, Hung, Where } from "~/slots/types.ts";
import { useSlice } from "~/stream/store.ts";
import { live } from "./live.ts";
import { alone, attached, gone, goes, type LocalPicture } from "./attached.ts";
import { t } from "./text.ts";

type Sharing = ComponentType<{ where: Where; onClose(): void }>;

const LocationDialog = lazy(() => import("./ui/LocationDialog.tsx"));
const RowShares = lazy(() => import("./ui/RowShares.tsx"));
const RowPicture = lazy(() => import("./picture/RowPicture.tsx"));
const Attachment = lazy(() => import("./picture/Attachment.tsx"));
const ContactDialog = lazy(() => import("./ui/ContactDialog.tsx"));

const Follow = lazy(() => import("./ui/Follow.tsx"));
const GoingBar = lazy(() => import("./ui/GoingBar.tsx"));

const PollDialog = lazy(() => import("./poll/PollDialog.tsx"));
const RowPoll = lazy(() => import("./poll/RowPoll.tsx"));

const ask = (where: Where, Form: Sharing) => () =>
  void openDialog((close) => (
    <Suspense>
      <Form where={where} onClose={close} />
    </Suspense>
  ));

function ShareButton({ compose }: { compose: Compose }) {
  if (compose.editing) return null;
  return (
    <IconButton label={t("add")} icon={<Plus />}
      onClick={(event) =>
        openMenu(t("add"), event.currentTarget, [
          { label: t("picture"), icon: <ImagePlus />, onChoose: () => void import("./picture/attach.ts").then(({ choose }) => choose(compose.place)) },
          { label: t("location"), icon: <MapPin />, onChoose: ask(compose, LocationDialog) },
          { label: t("contact"), icon: <UserRound />, onChoose: ask(compose, ContactDialog) },
          { label: t("poll"), icon: <ChartBar />, onChoose: ask(compose, PollDialog) },
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

// What goes with the message stands over the box.
function Attaching({ compose }: { compose: Compose }) {
  if (useSlice(attached, (all) => all[compose.place]) === undefined) return null;
  return (
    <Suspense>
      <Attachment compose={compose} />
    </Suspense>
  );
}

// Nothing of live locations is loaded before there is an own one.
const Own = () =>
  useSlice(live, (part) => part.own.length > 0) && (
    <Suspense>
      <Follow />
    </Suspense>
  );

const OwnBar = ({ compose: { conversation } }: { compose: Compose }) =>
  useSlice(live, (part) => part.own.some((one) => one.conversation === conversation)) && (
    <Suspense>
      <GoingBar conversation={conversation} />
    </Suspense>
  );

// Files are ours, unless a text came with them: programs add a picture of what was copied.
function paste(data: DataTransfer, { place, editing }: Compose): boolean {
  const files = [...data.files];
  if (files.length === 0 || editing || data.getData("text/plain") !== "") return false;
  void import("./picture/attach.ts").then(({ attach }) => attach(place, files));
  return true;
}

// The box of a picture has its size before anything is loaded.
function Picture({ row }: { row: Row }) {
  const picture = row.picture as LocalPicture | undefined;
  if (!picture) return null;
  const { width, height } = picture;
  const wide = Math.max(44, Math.round(width * Math.min(1, 400 / width, 320 / height)));
  const box = (element: HTMLElement | null) =>
    element && Object.assign(element.style, { inlineSize: `${wide}px`, maxInlineSize: "100%", minBlockSize: "44px", aspectRatio: `${width} / ${height}`, marginBlock: "4px" });
  return (
    <div ref={(element) => void box(element)}>
      <Suspense>
        <RowPicture row={row} picture={picture} />
      </Suspense>
    </div>
  );
}

export const share: Hung = {
  commands: [{ id: "poll", name: () => t("poll"), when: (open) => open !== undefined, run: (_go, open) => open && ask({ conversation: open.id, place: open.id }, PollDialog)() }],
  rowParts: [
    { id: "picture", place: "above", Part: Picture },
    { id: "share", place: "below", Part: Shares },
  ],
  composerParts: [
    { id: "share", place: "tool", thread: true, Part: ShareButton },
    { id: "picture", place: "above", thread: true, Part: Attaching },
    { id: "live", place: "above", Part: OwnBar },
  ],
  composerPastes: [{ id: "picture", take: paste }],
  overlays: [Own],
  sendParts: [{ id: "picture", goes: ({ place }, text) => goes(place, text), gone, alone }],
};
