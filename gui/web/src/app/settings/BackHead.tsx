import { ArrowLeft } from "lucide-react";
import { Link } from "wouter";

// BackHead leads from a section back to the list on a narrow screen.
export function BackHead({ to, label }: { to: string; label: string }) {
  return (
    <header className="pane-head only-compact-flex">
      <Link href={to} className="icon-button" aria-label={label}>
        <ArrowLeft className="mirrored" aria-hidden="true" />
      </Link>
      <span>{label}</span>
    </header>
  );
}
