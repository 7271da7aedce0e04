import { LogOut } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import type { Me } from "~/api/types.ts";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { waitingCount } from "~/stream/selectors.ts";
import { useStore } from "~/stream/store.ts";
import { leave } from "../commands.ts";
import { t } from "../text.ts";

// LeaveButton logs out, after it said what would be lost by it.
export function LeaveButton({ me }: { me: Me }) {
  const [asking, setAsking] = useState(false);
  const waiting = useStore(waitingCount);
  const [, go] = useLocation();
  const withoutKey = me.recovery_key !== "confirmed";
  return (
    <>
      <Button icon={<LogOut className="mirrored" />} onClick={() => setAsking(true)}>
        {t("leave")}
      </Button>
      {asking && (
        <Dialog title={t("leave.title")} closeLabel={t("close")} onClose={() => setAsking(false)}>
          <p>{t("leave.text")}</p>
          {waiting > 0 && <Alert tone="danger">{t("leave.waiting", { count: waiting })}</Alert>}
          {withoutKey && <Alert tone="warning">{t("leave.nokey")}</Alert>}
          <div className="card-actions">
            {withoutKey && (
              <Button look="solid" onClick={() => go("/settings/security")}>
                {t("leave.key")}
              </Button>
            )}
            <Button look={withoutKey ? "soft" : "solid"} onClick={() => void leave()}>
              {t("leave.go")}
            </Button>
            <Button onClick={() => setAsking(false)}>{t("cancel")}</Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
