import { DoorOpen, Eraser, Trash2 } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import type { Conversation } from "~/api/types.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { useStore } from "~/stream/store.ts";
import { clear, drop, leave } from "../commands.ts";
import { isIn, mayDelete } from "../rights.ts";
import { problemText, t } from "../text.ts";
import "./panel.css";

type Asked = "clear" | "leave" | "drop" | "dropall";

// DangerZone holds what ends something, each behind a dialog that says what.
export function DangerZone({ conversation }: { conversation: Conversation }) {
  const [asked, setAsked] = useState<Asked>();
  const { kind, group } = conversation;
  if (!group) return null;
  const inside = isIn(group);
  return (
    <section className="group-section" aria-label={t("danger.title")}>
      <div className="button-rows">
        <Button look="plain" icon={<Eraser />} onClick={() => setAsked("clear")}>
          {t("clear")}
        </Button>
        {inside && (
          <Button look="plain" icon={<DoorOpen />} onClick={() => setAsked("leave")}>
            {t("leave", { kind })}
          </Button>
        )}
        <Button look="plain" icon={<Trash2 />} className="button-red" onClick={() => setAsked("drop")}>
          {t("drop")}
        </Button>
        {mayDelete(group) && (
          <Button look="plain" icon={<Trash2 />} className="button-red" onClick={() => setAsked("dropall")}>
            {t("dropall")}
          </Button>
        )}
      </div>
      {asked && <Sure asked={asked} conversation={conversation} onClose={() => setAsked(undefined)} />}
    </section>
  );
}

// Sure asks once more, in words that name what happens and to whom.
export function Sure({ asked, conversation, onClose }: { asked: Asked; conversation: Conversation; onClose(): void }) {
  const { id, name, group } = conversation;
  const mine = useStore((state) => state.me?.acct ?? "");
  const [, go] = useLocation();
  const [busy, setBusy] = useState(false);
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string>();
  const run = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      if (asked === "clear") await clear(id);
      else if (asked === "leave") await leave(id, mine);
      else await drop(id, asked === "dropall");
      toast(asked === "clear" ? t("clear.done") : t(`${asked}.done`, { name }));
      onClose();
      if (asked === "drop" && location.pathname === `/c/${id}`) go("/");
    } catch (cause) {
      setProblem(problemText(cause));
      setBusy(false);
    }
  };
  const held = asked === "dropall" && typed.trim() !== name.trim();
  const words =
    asked === "dropall"
      ? t("dropall.text", { count: group?.members ?? 0 })
      : asked === "drop" && (!group || isIn(group))
        ? t(group ? "drop.in" : "drop.direct", { name })
        : asked === "leave" && group?.members === 1
          ? t("leave.alone")
          : t(`${asked}.text`);
  return (
    <Dialog title={t(`${asked}.sure`, { name })} closeLabel={t("close")} onClose={onClose}>
      <p>{words}</p>
      {asked === "dropall" && (
        <Field label={t("dropall.confirm")} hint={name} value={typed} autoComplete="off" dir="auto"
          onChange={(event) => setTyped(event.target.value)} />
      )}
      {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
      <div className="card-actions">
        <Button look={asked === "clear" ? "solid" : "danger"} busy={busy} disabled={held} onClick={() => void run()}>
          {t(`${asked}.go`)}
        </Button>
        <Button onClick={onClose}>{t("cancel")}</Button>
      </div>
    </Dialog>
  );
}
