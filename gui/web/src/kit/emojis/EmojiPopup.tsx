// EmojiPopup is the picker at a place of the page, on a narrow screen at its lower edge.
import { lazy, Suspense, useRef } from "react";
import { usePopupPlace, type PopupPlace } from "../primitives/PopupMenu.tsx";
import { useModal } from "../primitives/useModal.ts";
import { Spinner } from "../primitives/Spinner.tsx";
import type { Custom } from "./EmojiPicker.tsx";
import { t } from "./text.ts";
import "../primitives/popup.css";
import "./popup.css";

const EmojiPicker = lazy(() => import("./EmojiPicker.tsx"));

interface EmojiPopupProps {
  at: PopupPlace;
  custom?: readonly Custom[];
  onPick(emoji: string): void;
  onClose(): void;
}

export function EmojiPopup({ at, custom = [], onPick, onClose }: EmojiPopupProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const modal = useModal(dialog, onClose);
  usePopupPlace(dialog, at);
  return (
    <dialog ref={dialog} className="popup emoji-popup" aria-label={t("title")} {...modal}>
      <Suspense fallback={<Spinner />}>
        <EmojiPicker custom={custom}
          onPick={(emoji) => {
            onClose();
            requestAnimationFrame(() => onPick(emoji)); // once the focus is back
          }} />
      </Suspense>
    </dialog>
  );
}
