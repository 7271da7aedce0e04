// EmojiPopup is the picker at a place of the page, on a narrow screen at its lower edge.
import { lazy, Suspense, useLayoutEffect, useRef } from "react";
import { usePopupPlace, type PopupPlace } from "../primitives/PopupMenu.tsx";
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
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  usePopupPlace(dialog, at);
  return (
    <dialog ref={dialog} className="popup emoji-popup" aria-label={t("title")}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === dialog.current) onClose();
      }}>
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
