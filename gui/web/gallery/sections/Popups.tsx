import { Archive, BellOff, Pin, Trash2 } from "lucide-react";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { PopupMenu, type PopupItem } from "~/kit/primitives/PopupMenu.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { EmojiPopup } from "~/kit/emojis/EmojiPopup.tsx";
import { toast } from "~/kit/a11y/live.tsx";
import { Section, Specimen } from "../Specimen.tsx";

const EmojiPicker = lazy(() => import("~/kit/emojis/EmojiPicker.tsx"));

const chose = (label: string) => () => toast(`Chosen: ${label}`);
const ITEMS: readonly PopupItem[] = [
  { label: "Pin", icon: <Pin />, detail: "P", onChoose: chose("Pin") },
  { label: "Mute", icon: <BellOff />, checked: true, detail: "on", onChoose: chose("Mute") },
  { label: "Archive", icon: <Archive />, checked: false, onChoose: chose("Archive") },
  { label: "Delete", icon: <Trash2 />, danger: true, onChoose: chose("Delete") },
];

export function Popups() {
  return (
    <Section title="What opens">
      <Specimen title="Dialog">
        <Opener label="Open a dialog">
          {(close) => (
            <Dialog title="Rename this browser" closeLabel="Close" onClose={close}>
              <Field label="Name" defaultValue="Firefox on Linux" hint="Only you see it." />
              <div className="card-actions">
                <Button look="solid" onClick={close}>Save</Button>
                <Button onClick={close}>Cancel</Button>
              </div>
            </Dialog>
          )}
        </Opener>
        <Opener label="Open a long dialog">
          {(close) => (
            <Dialog title="A title that is so long that it does not fit into one line beside the button" closeLabel="Close" onClose={close}>
              {Array.from({ length: 20 }, (_, index) => (
                <p key={index}>What is longer than the window scrolls inside of the dialog.</p>
              ))}
              <div className="card-actions">
                <Button look="danger" onClick={close}>Delete all</Button>
              </div>
            </Dialog>
          )}
        </Opener>
      </Specimen>
      <Specimen title="PopupMenu">
        <Opener label="Open a menu">{(close, at) => <PopupMenu label="Chat" at={at} items={ITEMS} onClose={close} />}</Opener>
        <Opener label="Open a menu at a point">{(close) => <PopupMenu label="Chat" at={{ x: 120, y: 160 }} items={ITEMS} onClose={close} />}</Opener>
      </Specimen>
      <Specimen title="EmojiPopup">
        <Opener label="Open the emoji">{(close, at) => <EmojiPopup at={at} onPick={(emoji) => toast(`Chosen: ${emoji}`)} onClose={close} />}</Opener>
      </Specimen>
      <Specimen title="EmojiPicker">
        <Opener label="Show the picker" stays>
          {() => (
            <div className="specimen-emoji">
              <Suspense fallback={<Spinner />}>
                <EmojiPicker onPick={(emoji) => toast(`Chosen: ${emoji}`)} />
              </Suspense>
            </div>
          )}
        </Opener>
      </Specimen>
    </Section>
  );
}

// Opener is a button and what it opens; with `stays` it goes when that is there.
function Opener({ label, stays = false, children }: { label: string; stays?: boolean; children(close: () => void, at: Element): ReactNode }) {
  const [at, setAt] = useState<Element>();
  return (
    <>
      {!(stays && at) && <Button onClick={(event) => setAt(event.currentTarget)}>{label}</Button>}
      {at && children(() => setAt(undefined), at)}
    </>
  );
}
