import type { ReactNode } from "react";
import { Mark } from "../shell/Mark.tsx";
import { t } from "../text.ts";
import { LanguageChooser } from "./LanguageChooser.tsx";
import "./frame.css";

// Frame centres the one card of a screen before log-in.
export function Frame({ children }: { children: ReactNode }) {
  return (
    <main className="frame">
      <div className="frame-brand">
        <Mark />
        <span>{t("app")}</span>
      </div>
      <div className="frame-card">{children}</div>
      <LanguageChooser />
    </main>
  );
}
