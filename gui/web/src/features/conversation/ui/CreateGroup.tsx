import { EyeOff, Globe, Lock } from "lucide-react";
import { useMemo, useRef, useState, type FormEvent } from "react";
import { useLocation } from "wouter";
import type { GroupKind, History, Visibility } from "~/api/types.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { Area, Field } from "~/kit/primitives/Field.tsx";
import { Options } from "~/kit/primitives/Options.tsx";
import { Picker } from "~/kit/primitives/Picker.tsx";
import { contactsByName } from "~/stream/selectors.ts";
import { useStore } from "~/stream/store.ts";
import { create } from "../commands.ts";
import { LONGEST_DESCRIPTION, LONGEST_NAME } from "../limits.ts";
import { problemText, t } from "../text.ts";
import { PictureField } from "./PictureField.tsx";
import "./create.css";

const visibilities: readonly Visibility[] = ["private", "secret", "public"];
const histories: readonly ("none" | "since" | "all")[] = ["none", "since", "all"];
export const visibilityIcons = { private: <Lock />, secret: <EyeOff />, public: <Globe /> };

// CreateGroup makes a group or channel of a name and, if one likes, a face,
// people and the two choices that matter for privacy.
export function CreateGroup({ kind }: { kind: GroupKind }) {
  const [, go] = useLocation();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [picture, setPicture] = useState("");
  const [members, setMembers] = useState<readonly string[]>([]);
  const [visibility, setVisibility] = useState<Visibility>("private");
  const [history, setHistory] = useState<History>("none");
  const [busy, setBusy] = useState(false);
  const [missing, setMissing] = useState(false);
  const [problem, setProblem] = useState<string>();
  const nameField = useRef<HTMLInputElement>(null);
  const contacts = useStore(contactsByName);
  const people = useMemo(
    () => contacts.filter((one) => one.state === "accepted").map((one) => ({ id: one.acct, name: one.name, note: one.address })),
    [contacts],
  );
  const make = async (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === "") {
      setMissing(true);
      nameField.current?.focus();
      return;
    }
    setBusy(true);
    setProblem(undefined);
    try {
      const made = await create({ kind, name, description, picture, members, visibility, history });
      toast(t("create.made", { name: made.name }));
      go(`/c/${made.id}`);
    } catch (cause) {
      setProblem(problemText(cause));
      setBusy(false);
    }
  };
  return (
    <form className="create" noValidate onSubmit={(event) => void make(event)}>
      <Card>
        <div className="create-face">
          <PictureField name={name} seed={name} picture={picture} onChange={setPicture} />
          <Field label={t("create.name")} value={name} required maxLength={LONGEST_NAME} autoComplete="off" dir="auto" ref={nameField}
            autoFocus problem={missing && name.trim() === "" ? t("create.name.missing") : undefined}
            onChange={(event) => setName(event.target.value)} />
        </div>
        <Area label={t("create.description")} hint={t("create.description.hint")} value={description} rows={2} dir="auto"
          maxLength={LONGEST_DESCRIPTION} onChange={(event) => setDescription(event.target.value)} />
      </Card>
      <Card title={t("create.people")} about={people.length === 0 ? t("create.people.empty") : t("create.people.about")}>
        {people.length > 0 && (
          <Picker label={t("create.people")} searchLabel={t("create.people.search")} noneLabel={t("create.people.none")}
            removeLabel={(one) => t("create.people.remove", { name: one })} items={people} chosen={members} onChange={setMembers} />
        )}
      </Card>
      <Card title={t("create.who")}>
        <Options<Visibility> label={t("visibility")} value={visibility} onChange={setVisibility} options={visibilities.map(visibilityOption)} />
        <Options<History> label={t("history")} value={history} onChange={setHistory} options={histories.map((one) => historyOption(one, undefined))} />
      </Card>
      {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
      <div className="create-go">
        <Button look="solid" type="submit" busy={busy}>
          {t("create.go", { kind })}
        </Button>
      </div>
    </form>
  );
}

export function visibilityOption(value: Visibility) {
  return { value, label: t(`visibility.${value}`), about: t(`visibility.${value}.about`), icon: visibilityIcons[value] };
}

// historyOption words a choice; `since` is the moment that holds now, if one does.
export function historyOption(value: History, since: string | undefined) {
  if (value !== "since") return { value, label: t(`history.${value}`), about: t(`history.${value}.about`) };
  return since === undefined
    ? { value, label: t("history.since.now"), about: t("history.since.now.about") }
    : { value, label: t("history.since"), about: t("history.since.about", { time: since }) };
}
