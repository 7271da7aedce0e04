import { useEffect, useState } from "react";
import { asApiError } from "~/api/errors.ts";
import type { ContactCard, SharedContact } from "~/api/types.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { add, find } from "../share.ts";
import { t } from "../text.ts";

// AddCard shows who is behind a card before anything is sent to them.
export default function AddCard({ card, onClose }: { card: SharedContact; onClose(): void }) {
  const [found, setFound] = useState<ContactCard>();
  const [problem, setProblem] = useState<string>();
  const failed = (cause: unknown) => setProblem(t("contact.failed", { reason: asApiError(cause).detail }));
  useEffect(() => {
    let gone = false;
    find(card).then(
      (one) => gone || (one ? setFound(one) : setProblem(t("contact.other"))),
      (cause: unknown) => gone || failed(cause),
    );
    return () => {
      gone = true;
    };
  }, [card]);
  const confirm = () =>
    void add(card).then(() => {
      toast(t("contact.asked", { name: card.name }));
      onClose();
    }, failed);
  return (
    <Dialog title={card.name} closeLabel={t("close")} onClose={onClose}>
      {problem !== undefined ? <Alert tone="danger">{problem}</Alert> : !found && <Spinner />}
      {found && (
        <>
          <p dir="ltr">{found.address}</p>
          <p>
            <span className="share-about">{t("contact.words")}</span> <strong>{found.check_words.join(" ")}</strong>
          </p>
          <div className="card-actions">
            <Button look="solid" onClick={confirm}>
              {t("contact.add")}
            </Button>
            <Button onClick={onClose}>{t("cancel")}</Button>
          </div>
        </>
      )}
    </Dialog>
  );
}
