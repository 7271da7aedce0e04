// Dialogs about messages. They are loaded when somebody asks for one.
import { lazy, Suspense, type ComponentType } from "react";
import { openDialog } from "~/slots/dialogs.tsx";
import type { Row } from "~/stream/model.ts";

type RowsDialog = ComponentType<{ rows: readonly Row[]; onClose(): void; onDone?(): void }>;

const DeleteDialog = lazy(() => import("./ui/DeleteDialog.tsx"));
const ForwardDialog = lazy(() => import("./ui/ForwardDialog.tsx"));

function show(What: RowsDialog, rows: readonly Row[], onDone?: () => void): void {
  openDialog((close) => (
    <Suspense>
      <What rows={rows} onClose={close} {...(onDone ? { onDone } : {})} />
    </Suspense>
  ));
}

export function askToDelete(rows: readonly Row[], onDone?: () => void): void {
  show(DeleteDialog, rows, onDone);
}

export function askToForward(rows: readonly Row[], onDone?: () => void): void {
  show(ForwardDialog, rows, onDone);
}
