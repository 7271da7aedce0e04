import { UserPlus } from "lucide-react";
import { useMemo, useState } from "react";
import type { Conversation, Group } from "~/api/types.ts";
import { fullTime } from "~/i18n/time.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Picker } from "~/kit/primitives/Picker.tsx";
import { contactsByName } from "~/stream/selectors.ts";
import { useStore } from "~/stream/store.ts";
import { add } from "../commands.ts";
import { problemText, t } from "../text.ts";

// AddPeople adds contacts, and says what they will be able to read.
export function AddPeople({ conversation, group }: { conversation: Conversation; group: Group }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={<UserPlus />} wide onClick={() => setOpen(true)}>
        {t("add")}
      </Button>
      {open && <AddDialog conversation={conversation} group={group} onClose={() => setOpen(false)} />}
    </>
  );
}

function AddDialog({ conversation, group, onClose }: { conversation: Conversation; group: Group; onClose(): void }) {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const contacts = useStore(contactsByName);
  const members = useStore((state) => state.members[conversation.id]?.items);
  const people = useMemo(() => {
    const here = new Set(members?.map((one) => one.account));
    return contacts
      .filter((one) => one.state === "accepted" && !here.has(one.acct))
      .map((one) => ({ id: one.acct, name: one.name, note: one.address }));
  }, [contacts, members]);
  const { history, since } = group.policy;
  const run = async () => {
    setBusy(true);
    setProblem(undefined);
    let left = [...chosen];
    try {
      for (const account of chosen) {
        await add(conversation.id, account);
        left = left.filter((one) => one !== account);
      }
      toast(t("added", { count: chosen.length }));
      onClose();
    } catch (cause) {
      const name = contacts.find((one) => one.acct === left[0])?.name ?? "";
      setProblem(t("add.partly", { name, why: problemText(cause) }));
      setChosen(left);
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("add.title")} closeLabel={t("close")} onClose={onClose}>
      <p className="muted small">{t(`add.history.${history}`, { time: since ? fullTime(since) : "" })}</p>
      {people.length === 0 ? (
        <p className="muted">{t("add.empty")}</p>
      ) : (
        <Picker label={t("add.title")} searchLabel={t("add.search")} noneLabel={t("add.none")}
          removeLabel={(name) => t("add.drop", { name })} items={people} chosen={chosen} onChange={setChosen} />
      )}
      {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
      <div className="card-actions">
        <Button look="solid" busy={busy} disabled={chosen.length === 0} onClick={() => void run()}>
          {t("add.go", { count: chosen.length })}
        </Button>
        <Button onClick={onClose}>{t("cancel")}</Button>
      </div>
    </Dialog>
  );
}
