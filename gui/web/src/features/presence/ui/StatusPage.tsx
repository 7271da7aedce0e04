import { useEffect, useState, type FormEvent } from "react";
import { asApiError } from "~/api/errors.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { fullTime } from "~/i18n/time.ts";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { Choice } from "~/kit/primitives/Choice.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { Select } from "~/kit/primitives/Select.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { useSlice } from "~/stream/store.ts";
import { endOf, ENDS, type End } from "../ends.ts";
import { choose, presence, type Chosen } from "../presence.ts";
import { t } from "../text.ts";
import "./presence.css";

const states: readonly Chosen[] = ["auto", "away", "busy", "invisible"];

// StatusPage chooses what others see: a state, and a status in own words.
export default function StatusPage() {
  const own = useSlice(presence, (known) => known.own);
  const [text, setText] = useState("");
  const [emoji, setEmoji] = useState("");
  const [end, setEnd] = useState<End>("never");
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    setText(own?.text ?? "");
    setEmoji(own?.emoji ?? "");
  }, [own?.text, own?.emoji]);
  if (!own) return <Spinner />;
  const set = async (state: Chosen, nextText: string, nextEmoji: string, until: string | undefined, done?: string) => {
    try {
      setProblem(undefined);
      await choose(state, nextText, nextEmoji, until);
      if (done !== undefined) toast(done);
    } catch (cause) {
      setProblem(t("failed", { reason: asApiError(cause).detail }));
    }
  };
  const save = (event: FormEvent) => {
    event.preventDefault();
    void set(own.chosen, text.trim(), emoji.trim(), endOf(end, new Date()), t("saved"));
  };
  return (
    <>
      <Card title={t("choose")} about={t("about")}>
        <Choice<Chosen> label={t("choose")} value={own.chosen} onChange={(state) => void set(state, own.text, own.emoji, own.expires_at)}
          options={states.map((value) => ({ value, label: t(`choose.${value}`) }))} />
        <p className="muted small">{t(`about.${own.chosen}`)}</p>
      </Card>
      <Card title={t("status.title")} about={t("status.about")}>
        {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
        <form className="form" onSubmit={save}>
          <div className="status-row">
            <Field className="status-emoji" label={t("status.emoji")} value={emoji} maxLength={16} autoComplete="off" onChange={(event) => setEmoji(event.target.value)} />
            <Field className="status-text" label={t("status.text")} value={text} maxLength={100} dir="auto" autoComplete="off" placeholder={t("status.text.placeholder")}
              hint={own.expires_at === undefined ? undefined : t("status.until", { time: fullTime(own.expires_at) })} onChange={(event) => setText(event.target.value)} />
          </div>
          <Select<End> label={t("status.ends")} value={end} onChange={setEnd} options={ENDS.map((value) => ({ value, label: t(`ends.${value}`) }))} />
          <div className="status-row">
            <Button type="submit">{t("status.save")}</Button>
            {(own.text !== "" || own.emoji !== "") && (
              <Button type="button" look="plain" onClick={() => void set(own.chosen, "", "", undefined, t("cleared"))}>
                {t("status.clear")}
              </Button>
            )}
          </div>
        </form>
      </Card>
    </>
  );
}
