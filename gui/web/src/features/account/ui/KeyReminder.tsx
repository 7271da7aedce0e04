import { KeyRound } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { Button } from "~/kit/primitives/Button.tsx";
import { useStore } from "~/stream/store.ts";
import { t } from "../text.ts";
import "./reminder.css";

// KeyReminder stands above the list, without covering anything, from the
// first message until the key is kept. "Later" lasts until the next visit.
export function KeyReminder() {
  const due = useStore(
    (state) =>
      state.me !== undefined &&
      state.me.recovery_key !== "confirmed" &&
      Object.values(state.conversations).some((one) => one.last !== undefined),
  );
  const [put, setPut] = useState(false);
  if (!due || put) return null;
  const later = () => {
    setPut(true);
    document.getElementById("main")?.focus({ preventScroll: true }); // it would go with the button
  };
  return (
    <section className="reminder" aria-label={t("checklist.title")}>
      <KeyRound aria-hidden="true" />
      <div>
        <p className="reminder-title">{t("checklist.title")}</p>
        <p className="muted small">{t("checklist.text")}</p>
        <div className="card-actions">
          <Link href="/settings/security" className="button button-solid">
            {t("checklist.go")}
          </Link>
          <Button look="plain" onClick={later}>
            {t("checklist.later")}
          </Button>
        </div>
      </div>
    </section>
  );
}
