import { ArrowLeft, X } from "lucide-react";
import { useEffect, useRef, type ReactNode } from "react";
import { IconButton } from "~/kit/primitives/Button.tsx";
import { PaneIsPage } from "~/kit/primitives/PaneTitle.tsx";
import { Boundary } from "../boundaries/Boundary.tsx";
import { t } from "../text.ts";
import { useOnlyPane } from "./layout.ts";

// ListPane is the second column; on a narrow screen it is the page until
// something in it is opened.
export function ListPane({ label, children }: { label: string; children: ReactNode }) {
  const only = useOnlyPane();
  if (only === "main") return null;
  if (only === "list") {
    return (
      <main id="main" className="list-pane" data-region="" tabIndex={-1}>
        <PaneIsPage value>{children}</PaneIsPage>
      </main>
    );
  }
  return (
    <nav className="list-pane" aria-label={label} data-region="">
      {children}
    </nav>
  );
}

interface MainPaneProps {
  name: string; // what is shown: another name starts a broken pane afresh
  children: ReactNode;
}

export function MainPane({ name, children }: MainPaneProps) {
  if (useOnlyPane() === "list") return null;
  return (
    <main id="main" className="pane" data-region="" tabIndex={-1}>
      <Boundary name={name}>{children}</Boundary>
    </main>
  );
}

// Sheet is the scrolled, centred column that holds cards.
export function Sheet({ head, children }: { head?: ReactNode; children: ReactNode }) {
  return (
    <>
      {head}
      <div className="sheet">
        <div className="sheet-column">{children}</div>
      </div>
    </>
  );
}

interface SidePanelProps {
  title: string;
  onClose(): void;
  onBack?(): void; // for a page inside the panel
  tool?: ReactNode; // beside the title
  fill?: boolean; // the body is as tall as the panel, and what is in it scrolls
  children: ReactNode;
}

export function SidePanel({ title, onClose, onBack, tool, fill = false, children }: SidePanelProps) {
  const side = useRef<HTMLElement>(null);
  // A page of the panel takes the focus that the page before it took along.
  useEffect(() => {
    if (document.activeElement === document.body) side.current?.focus({ preventScroll: true });
  }, []);
  return (
    <aside ref={side} className="side" aria-label={title} data-region="" tabIndex={-1}>
      <header className="pane-head">
        {onBack && <IconButton label={t("panel.back")} icon={<ArrowLeft className="mirrored" />} onClick={onBack} />}
        <h2>{title}</h2>
        {tool}
        <IconButton label={t("panel.close")} icon={<X />} onClick={onClose} />
      </header>
      <div className={`side-body ${fill ? "side-body-fill" : ""}`}>{children}</div>
    </aside>
  );
}
