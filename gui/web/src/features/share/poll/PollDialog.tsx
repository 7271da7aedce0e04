import { X } from "lucide-react";
import { useState, type FormEvent } from "react";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button, IconButton } from "~/kit/primitives/Button.tsx";
import { Switch } from "~/kit/primitives/Choice.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Area, Field } from "~/kit/primitives/Field.tsx";
import { Select } from "~/kit/primitives/Select.tsx";
import { deliver } from "~/slots/outgoing.ts";
import { SendWays } from "~/slots/SendWays.tsx";
import type { Where } from "~/slots/types.ts";
import { faults, MOST_OPTIONS, pollMessage } from "./poll.ts";
import { t } from "./text.ts";
import "./poll.css";

type Lasting = "0" | "1" | "8" | "24" | "72" | "168"; // hours, 0 for good

const HOUR = 3_600_000;
const HOURS: readonly Lasting[] = ["0", "1", "8", "24", "72", "168"];

const lastly = (hours: number) => {
  if (hours === 0) return t("ends.never");
  return hours < 24 ? t("ends.hours", { count: hours }) : t("ends.days", { count: hours / 24 });
};

// PollDialog makes a poll. A field for one more option comes as the last is filled.
export default function PollDialog({ where, onClose }: { where: Where; onClose(): void }) {
  const [question, setQuestion] = useState("");
  const [options, setOptions] = useState(["", "", ""]);
  const [several, setSeveral] = useState(false);
  const [named, setNamed] = useState(true);
  const [hours, setHours] = useState<Lasting>("0");
  const [missing, setMissing] = useState(false);
  const wrong = faults(options);
  const complete = question.trim() !== "" && options.filter((one) => one.trim() !== "").length >= 2;
  const change = (at: number, text: string) => {
    const next = options.map((one, i) => (i === at ? text : one));
    setOptions(next.at(-1) !== "" && next.length < MOST_OPTIONS ? [...next, ""] : next);
  };
  const message = () => {
    const texts = options.map((one) => one.trim()).filter((one) => one !== "");
    if (!complete) setMissing(true);
    if (!complete || wrong.some((one) => one !== undefined)) return undefined;
    const ends = hours === "0" ? {} : { ends_at: new Date(Date.now() + Number(hours) * HOUR).toISOString() };
    return pollMessage(where, question.trim(), { options: texts, several, named, ...ends });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const made = message();
    if (!made) return;
    deliver(made);
    onClose();
  };
  return (
    <Dialog title={t("title")} closeLabel={t("close")} onClose={onClose}>
      <form className="poll-form" noValidate onSubmit={submit}>
        <Area label={t("question")} value={question} rows={2} maxLength={500} onChange={(event) => setQuestion(event.target.value)} />
        {options.map((text, at) => (
          <Field key={at} label={t("option", { number: at + 1 })} value={text} maxLength={200}
            problem={wrong[at] && t(`option.${wrong[at]}`)} onChange={(event) => change(at, event.target.value)}
            end={options.length > 2 && text !== "" ? (
              <IconButton label={t("remove", { number: at + 1 })} icon={<X />} onClick={() => setOptions(options.filter((_, i) => i !== at))} />
            ) : undefined} />
        ))}
        <Switch label={t("several")} about={t("several.about")} checked={several} onChange={setSeveral} />
        <Switch label={t("named")} about={t("named.about")} checked={named} onChange={setNamed} />
        <Select<Lasting> label={t("ends")} value={hours} options={HOURS.map((value) => ({ value, label: lastly(Number(value)) }))} onChange={setHours} />
        {missing && !complete && <Alert tone="info">{t("missing")}</Alert>}
        <div className="card-actions">
          <Button look="solid" type="submit">
            {t("send")}
          </Button>
          <SendWays message={message} onDone={onClose} />
          <Button onClick={onClose}>{t("cancel")}</Button>
        </div>
      </form>
    </Dialog>
  );
}
