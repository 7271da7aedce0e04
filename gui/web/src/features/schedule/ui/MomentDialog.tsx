import { useState, type FormEvent } from "react";
import { fullTime } from "~/i18n/time.ts";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { useStore } from "~/stream/store.ts";
import { faultOf, localMoment, localText, sendPresets } from "../presets.ts";
import { t } from "../text.ts";

interface MomentDialogProps {
  title: string;
  go: string;
  noted?: boolean; // a note may be given
  onChosen(at: Date, note: string): void;
  onClose(): void;
}

// MomentDialog chooses a date and a time.
export function MomentDialog({ title, go, noted = false, onChosen, onClose }: MomentDialogProps) {
  const moment = useMoment(sendPresets(new Date())[0]?.at ?? new Date());
  const [note, setNote] = useState("");
  const choose = (event: FormEvent) => {
    event.preventDefault();
    const at = moment.take();
    if (!at) return;
    onClose();
    onChosen(at, note.trim());
  };
  return (
    <Dialog title={title} closeLabel={t("close")} onClose={onClose}>
      <form className="later-form" noValidate onSubmit={choose}>
        {moment.field}
        {noted && <Field label={t("moment.note")} value={note} maxLength={125} onChange={(event) => setNote(event.target.value)} />}
        <Sealed />
        <div className="card-actions">
          <Button look="solid" type="submit">
            {go}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

// Sealed says what a locked account means for what is to happen later.
export function Sealed() {
  const sealed = useStore((state) => state.me?.sealed === true);
  return sealed ? <Alert>{t("sealed")}</Alert> : null;
}

// useMoment is a field for a date and a time, and what stands in it.
export function useMoment(first: Date) {
  const [typed, setTyped] = useState(() => localText(first));
  const [wrong, setWrong] = useState<"none" | "past" | "far">();
  const at = localMoment(typed);
  const field = (
    <Field label={t("moment.time")} type="datetime-local" value={typed} min={localText(new Date())} required
      problem={wrong && t(`moment.${wrong}`)} hint={at && t("moment.is", { time: fullTime(at.toISOString()) })}
      onChange={(event) => {
        setTyped(event.target.value);
        setWrong(undefined);
      }} />
  );
  const take = (): Date | undefined => {
    const fault = faultOf(at, new Date());
    setWrong(fault);
    return fault ? undefined : at;
  };
  return { field, take };
}
