import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Conversation } from "~/api/types.ts";
import { slots } from "~/slots/slots.ts";
import { t } from "../text.ts";
import "./grouppanel.css";

interface PanelRowProps {
  to: string;
  icon: ReactNode;
  label: string;
  note?: string | undefined;
  tone?: string | undefined;
}

// PanelRow leads from the first page of the side panel to another.
export function PanelRow({ to, icon, label, note, tone }: PanelRowProps) {
  return (
    <Link href={to} className="group-nav-row">
      {icon}
      <span className="group-nav-label">{label}</span>
      {note !== undefined && <span className={`small ${tone ? `sync-${tone}` : "muted"}`}>{note}</span>}
      <ChevronRight className="mirrored" aria-hidden="true" />
    </Link>
  );
}

// HungRows are those to the pages that features hang in.
export function HungRows({ conversation }: { conversation: Conversation }) {
  return slots("panels")
    .filter((one) => one.when(conversation))
    .map((one) => <PanelRow key={one.id} to={`/c/${conversation.id}?p=${one.id}`} icon={one.icon} label={one.title(conversation)} note={one.note?.(conversation)} />);
}

// PanelRows is the list of them where there are no others.
export function PanelRows({ conversation }: { conversation: Conversation }) {
  if (!slots("panels").some((one) => one.when(conversation))) return null;
  return (
    <nav className="group-nav" aria-label={t("panel.pages")}>
      <HungRows conversation={conversation} />
    </nav>
  );
}
