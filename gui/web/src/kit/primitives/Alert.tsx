import { AlertCircle, CheckCircle2, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import "./alert.css";

type Tone = "info" | "warning" | "danger" | "success";

const icons = { info: Info, warning: TriangleAlert, danger: AlertCircle, success: CheckCircle2 };

// Alert is read out when it appears; a danger interrupts.
export function Alert({ tone = "info", children }: { tone?: Tone; children: ReactNode }) {
  const Icon = icons[tone];
  return (
    <div className={`alert alert-${tone}`} role={tone === "danger" ? "alert" : "status"}>
      <Icon aria-hidden="true" />
      <div>{children}</div>
    </div>
  );
}
