import "./badge.css";

// Badge shows a count; `label` says what is counted. A quiet one does not ask for attention.
export function Badge({ count, label, quiet = false }: { count: number; label: string; quiet?: boolean }) {
  if (count <= 0) return null;
  return (
    <span className={quiet ? "badge badge-quiet" : "badge"}>
      <span aria-hidden="true">{count > 999 ? "999+" : count}</span>
      <span className="sr-only">{label}</span>
    </span>
  );
}

// DotBadge says that there is something, not how much.
export function DotBadge({ label, quiet = false }: { label: string; quiet?: boolean }) {
  return (
    <span className={quiet ? "badge badge-dot badge-quiet" : "badge badge-dot"}>
      <span className="sr-only">{label}</span>
    </span>
  );
}

export function Tag({ tone = "neutral", children }: { tone?: "neutral" | "warning" | "danger" | "success"; children: string }) {
  return <span className={`tag tag-${tone}`}>{children}</span>;
}
