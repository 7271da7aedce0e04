import type { ReactNode } from "react";
import { Link } from "wouter";
import { useRoving } from "~/kit/a11y/roving.ts";
import { PaneTitle } from "~/kit/primitives/PaneTitle.tsx";
import "~/kit/primitives/list.css";
import "./sections.css";

export interface Section {
  to: string;
  label: string;
  icon: ReactNode;
  note?: ReactNode;
}

// SectionList is the second column of settings and of the owner's pages.
export function SectionList({ title, sections, here }: { title: string; sections: readonly Section[]; here: string }) {
  const roving = useRoving<HTMLUListElement>();
  return (
    <>
      <header className="list-head">
        <PaneTitle>{title}</PaneTitle>
      </header>
      <ul className="list" {...roving}>
        {sections.map((section) => (
          <li key={section.to}>
            <Link href={section.to} className="list-row section-row" data-roving="" tabIndex={section.to === here ? 0 : -1}
              aria-current={section.to === here ? "page" : undefined}>
              {section.icon}
              <span className="list-row-main">{section.label}</span>
              {section.note}
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
