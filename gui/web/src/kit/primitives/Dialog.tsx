import { X } from "lucide-react";
import { useId, useRef, type ReactNode } from "react";
import { IconButton } from "./Button.tsx";
import { useModal } from "./useModal.ts";
import "./dialog.css";

interface DialogProps {
  title: string;
  closeLabel: string;
  onClose(): void;
  children: ReactNode;
  className?: string;
}

// Dialog is the browser's own: it traps focus, closes by Esc and gives focus
// back to what had it.
export function Dialog({ title, closeLabel, onClose, children, className }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const modal = useModal(dialog, onClose, "input, textarea, .card-actions button");
  return (
    <dialog ref={dialog} className={`dialog ${className ?? ""}`} aria-labelledby={id} {...modal}>
      <div className="dialog-body">
        <header className="dialog-head">
          <h2 id={id} tabIndex={-1}>
            {title}
          </h2>
          <IconButton label={closeLabel} icon={<X />} onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}
