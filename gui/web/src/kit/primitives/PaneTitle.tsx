import { createContext, useContext, type ReactNode } from "react";

// Whether the pane is the page: then its title is the title of the page.
export const PaneIsPage = createContext(false);

export function PaneTitle({ children }: { children: ReactNode }) {
  const Heading = useContext(PaneIsPage) ? "h1" : "h2";
  return <Heading className="pane-title">{children}</Heading>;
}

export function PaneSubtitle({ children }: { children: ReactNode }) {
  const Heading = useContext(PaneIsPage) ? "h2" : "h3";
  return <Heading className="pane-subtitle">{children}</Heading>;
}
