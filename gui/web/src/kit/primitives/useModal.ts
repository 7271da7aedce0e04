import { useLayoutEffect, type MouseEvent, type RefObject, type SyntheticEvent } from "react";

// useModal opens a dialog of the browser's own while it is drawn: it traps the focus, Escape and a press beside it close it, and
// the focus goes back to what had it. `first` selects what has the focus in it, where that is not what the browser chooses.
export function useModal(dialog: RefObject<HTMLDialogElement | null>, onClose: () => void, first?: string) {
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    if (element && first !== undefined) begin(element, first);
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  return {
    onCancel: (event: SyntheticEvent) => {
      event.preventDefault();
      onClose();
    },
    onMouseDown: (event: MouseEvent) => {
      if (event.target === dialog.current) onClose();
    },
  };
}

// begin gives the focus to what is asked for; in a dialog that is longer than the window and has that at its end to the title, so that it is read from
// its beginning.
function begin(dialog: HTMLElement, first: string): void {
  const wanted = dialog.querySelector<HTMLElement>(first);
  const below = wanted && wanted.getBoundingClientRect().bottom > dialog.getBoundingClientRect().bottom;
  (below ? dialog.querySelector<HTMLElement>("h2[tabindex]") : wanted)?.focus();
}
