import "./badge.css";

// Badge shows a count; `label` says what is counted.
export function Badge({ count, label }: { count: number; label: string }) {
  if (count <= 0) return null;
  return (
    <span className="badge">
      <span aria-hidden="true">{count > 999 ? "999+" : count}</span>
      <span className="sr-only">{label}</span>
    </span>
  );
}

export function Tag({ tone = "neutral", children }: { tone?: "neutral" | "warning" | "danger" | "success"; children: string }) {
  return <span className={`tag tag-${tone}`}>{children}</span>;
}
