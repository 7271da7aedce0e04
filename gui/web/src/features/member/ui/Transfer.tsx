import { Crown } from "lucide-react";
import { useCallback, useState } from "react";
import type { Conversation, Member } from "~/api/types.ts";
import { useLoaded } from "~/api/useLoaded.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Options } from "~/kit/primitives/Options.tsx";
import { SearchBox } from "~/kit/primitives/Picker.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { useStore } from "~/stream/store.ts";
import { page, setRole, transfer } from "../commands.ts";
import { problemText, t } from "../text.ts";
import "./member.css";

type After = "member" | "owner"; // what the owner is afterwards

// Transfer hands a group to somebody else.
export function Transfer({ conversation }: { conversation: Conversation }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button look="plain" icon={<Crown />} onClick={() => setOpen(true)}>
        {t("transfer")}
      </Button>
      {open && <TransferDialog conversation={conversation} onClose={() => setOpen(false)} />}
    </>
  );
}

function TransferDialog({ conversation, onClose }: { conversation: Conversation; onClose(): void }) {
  const mine = useStore((state) => state.me?.acct);
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState<Member>();
  const [after, setAfter] = useState<After>("member");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const query = typed.trim();
  const read = useCallback(() => page(conversation.id, query), [conversation.id, query]);
  const { data, error } = useLoaded(read);
  const others = data?.items.filter((one) => one.account !== mine) ?? [];
  const run = async () => {
    if (!chosen) return;
    setBusy(true);
    setProblem(undefined);
    try {
      if (after === "owner") await setRole(conversation.id, chosen.account, "owner");
      else await transfer(conversation.id, chosen.account);
      toast(t(after === "owner" ? "transfer.shared" : "transfer.done", { name: chosen.name }));
      onClose();
    } catch (cause) {
      setProblem(problemText(cause));
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("transfer.title")} closeLabel={t("close")} onClose={onClose}>
      <p>{t("transfer.about")}</p>
      <SearchBox label={t("search")} value={typed} onChange={setTyped} />
      {others.length > 0 ? (
        <div className="transfer-people">
          <Options label={t("transfer.who")} value={chosen?.account}
            options={others.map((one) => ({ value: one.account, label: one.name, about: t(`role.${one.role}`) }))}
            onChange={(account) => setChosen(others.find((one) => one.account === account))} />
        </div>
      ) : error ? (
        <Alert tone="danger">{problemText(error)}</Alert>
      ) : data ? (
        <p className="muted">{t(query ? "none" : "transfer.nobody")}</p>
      ) : (
        <Spinner />
      )}
      {chosen && (
        <Options<After> label={t("transfer.you")} value={after} onChange={setAfter}
          options={(["member", "owner"] as const).map((value) => ({ value, label: t(`transfer.${value}`), about: t(`transfer.${value}.about`) }))} />
      )}
      {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
      <div className="card-actions">
        <Button look={after === "owner" ? "solid" : "danger"} busy={busy} disabled={!chosen} onClick={() => void run()}>
          {chosen ? t(after === "owner" ? "transfer.go.share" : "transfer.go.to", { name: chosen.name }) : t("transfer.go")}
        </Button>
        <Button onClick={onClose}>{t("cancel")}</Button>
      </div>
    </Dialog>
  );
}
