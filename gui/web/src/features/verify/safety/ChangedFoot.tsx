import { ShieldAlert } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import type { Conversation } from "~/api/types.ts";
import { Button } from "~/kit/primitives/Button.tsx";
import { takeBack } from "./numbers.ts";
import { problemText, t } from "./text.ts";
import "./safety.css";

// ChangedFoot stands where one would write, until the person decides what a changed number means.
export default function ChangedFoot({ conversation: { id, name = "", with: acct = "" } }: { conversation: Conversation }) {
  const [why, setWhy] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const anyway = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await takeBack(acct);
    } catch (cause) {
      setProblem(problemText(cause, name));
      setBusy(false);
    }
  };
  return (
    <section className="safety-foot" aria-label={t("changed")}>
      <p className="safety-foot-text" role="status">
        <ShieldAlert aria-hidden="true" />
        {problem ?? t("foot", { name })}
      </p>
      {why && <p className="small">{t("foot.why.text", { name })}</p>}
      <div className="card-actions">
        <Link href={`/c/${id}?p=verify`} className="button button-solid">
          <span className="button-label">{t("foot.verify")}</span>
        </Link>
        <Button busy={busy} onClick={() => void anyway()}>
          {t("foot.anyway")}
        </Button>
        <Button look="plain" aria-expanded={why} onClick={() => setWhy(!why)}>
          {t("foot.why")}
        </Button>
      </div>
    </section>
  );
}
