import { Lock } from "lucide-react";
import { useState, type FormEvent, type ReactNode } from "react";
import type { Conversation, Group, History, Policy, Role, Visibility } from "~/api/types.ts";
import { fullTime } from "~/i18n/time.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Switch } from "~/kit/primitives/Choice.tsx";
import { Area, Field } from "~/kit/primitives/Field.tsx";
import { Options } from "~/kit/primitives/Options.tsx";
import { Select } from "~/kit/primitives/Select.tsx";
import { edit, setPolicy } from "../commands.ts";
import { LONGEST_DESCRIPTION, LONGEST_NAME, LONGEST_RULES, MOST_MEMBERS } from "../limits.ts";
import { lowestFor, may, maySetRules, RIGHTS } from "../rights.ts";
import { pauses, pauseText } from "../slow.ts";
import { problemText, t } from "../text.ts";
import { historyOption, visibilityOption } from "./CreateGroup.tsx";
import { PictureField } from "./PictureField.tsx";
import "./panel.css";

// GroupSettings shows how a group is set up. What one may not change stands
// there to be read, with the reason.
export function GroupSettings({ conversation }: { conversation: Conversation }) {
  const { group } = conversation;
  if (!group) return null;
  return (
    <>
      <FaceForm conversation={conversation} group={group} />
      <PolicyForm conversation={conversation.id} group={group} />
    </>
  );
}

export function Closed({ children }: { children: ReactNode }) {
  return (
    <p className="group-closed">
      <Lock aria-hidden="true" />
      <span>{children}</span>
    </p>
  );
}

function FaceForm({ conversation, group }: { conversation: Conversation; group: Group }) {
  const [draft, setDraft] = useState<{ name?: string; description?: string; picture?: string; rules?: string }>({});
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const open = may(group, "edit");
  const now = { name: conversation.name, description: group.description, picture: group.picture, rules: group.rules, ...draft };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await edit(conversation.id, draft);
      setDraft({});
      toast(t("settings.saved"));
    } catch (cause) {
      setProblem(problemText(cause));
    } finally {
      setBusy(false);
    }
  };
  if (!open && !maySetRules(group)) return null; // what follows says it for all
  if (!open) {
    const role = t(`roles.${lowestFor(group.policy, "edit")}`);
    return (
      <section className="group-section">
        <Closed>{t("settings.face.closed", { role })}</Closed>
      </section>
    );
  }
  const changed = Object.keys(draft).length > 0 && now.name.trim() !== "";
  return (
    <section className="group-section">
      <form className="group-section" onSubmit={(event) => void save(event)}>
        <div className="create-face">
          <PictureField name={now.name} seed={conversation.id} picture={now.picture} onChange={(picture) => setDraft({ ...draft, picture })} />
          <Field label={t("create.name")} value={now.name} required maxLength={LONGEST_NAME} autoComplete="off" dir="auto"
            problem={now.name.trim() === "" ? t("create.name.missing") : undefined}
            onChange={(event) => setDraft({ ...draft, name: event.target.value })} />
        </div>
        <Area label={t("create.description")} value={now.description} rows={3} dir="auto" maxLength={LONGEST_DESCRIPTION}
          onChange={(event) => setDraft({ ...draft, description: event.target.value })} />
        <Area label={t("settings.rules")} hint={t("settings.rules.hint")} value={now.rules} rows={3} dir="auto" maxLength={LONGEST_RULES}
          onChange={(event) => setDraft({ ...draft, rules: event.target.value })} />
        {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
        <div className="card-actions">
          <Button look="solid" type="submit" busy={busy} disabled={!changed}>
            {t("settings.save")}
          </Button>
        </div>
      </form>
    </section>
  );
}

const roles: readonly Role[] = ["member", "moderator", "admin", "owner"];

type Change = Partial<Policy> & { visibility?: Visibility };

// PolicyForm applies each change at once: the controls say what holds, or
// what was just chosen until the node has answered.
function PolicyForm({ conversation, group }: { conversation: string; group: Group }) {
  const [problem, setProblem] = useState<string>();
  const [chosen, setChosen] = useState<Change>({});
  const { visibility, ...policy } = { ...group.policy, visibility: group.visibility, ...chosen };
  const closed = !maySetRules(group);
  const apply = async (change: Change) => {
    setProblem(undefined);
    setChosen(change);
    try {
      await setPolicy(conversation, change);
      toast(t("settings.saved"));
    } catch (cause) {
      setProblem(problemText(cause));
    } finally {
      setChosen((now) => (now === change ? {} : now));
    }
  };
  const since = policy.since === undefined ? undefined : fullTime(policy.since);
  return (
    <>
      <section className="group-section">
        {closed && <Closed>{t("settings.policy.closed")}</Closed>}
        {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
        <h3>{t("settings.rights")}</h3>
        {RIGHTS.map((right) => (
          <Select<Role> key={right} label={t(`settings.${right}`)} value={policy[right]} disabled={closed}
            options={roles.filter((role) => right !== "add" || role !== "owner").map((role) => ({ value: role, label: t(`role.${role}`) }))}
            onChange={(role) => void apply({ [right]: role })} />
        ))}
        <Switch label={t("settings.quiet")} about={t("settings.quiet.about")} checked={policy.announcement} disabled={closed}
          onChange={(announcement) => void apply({ announcement })} />
        <div>
          <Select label={t("settings.slow")} value={String(policy.slow_mode)} disabled={closed}
            options={pauses(policy.slow_mode).map((seconds) => ({ value: String(seconds), label: pauseText(seconds) }))}
            onChange={(seconds) => void apply({ slow_mode: Number(seconds) })} />
          <p className="muted small">{t("settings.slow.about")}</p>
        </div>
      </section>
      <section className="group-section">
        <Options<Visibility> label={t("visibility")} value={visibility} disabled={closed} onChange={(value) => void apply({ visibility: value })}
          options={(["private", "secret", "public"] as const).map(visibilityOption)} />
        <Options<History> label={t("history")} value={policy.history} disabled={closed} onChange={(history) => void apply({ history })}
          options={(["none", "since", "all"] as const).map((one) => historyOption(one, policy.history === "since" ? since : undefined))} />
        <MostMembers key={policy.max_members} group={group} closed={closed} onSave={(max_members) => apply({ max_members })} />
      </section>
    </>
  );
}

function MostMembers({ group, closed, onSave }: { group: Group; closed: boolean; onSave(most: number): Promise<void> }) {
  const [typed, setTyped] = useState(String(group.policy.max_members));
  const most = Number(typed);
  const wrong = !Number.isInteger(most) || most < 1 || most > MOST_MEMBERS;
  return (
    <form className="group-section" noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong) void onSave(most);
      }}>
      <Field label={t("settings.most")} type="number" min={1} max={MOST_MEMBERS} value={typed} disabled={closed}
        hint={t("settings.most.hint", { count: group.members })} problem={wrong ? t("settings.most.wrong") : undefined}
        onChange={(event) => setTyped(event.target.value)}
        end={
          !closed && (
            <Button look="plain" type="submit" disabled={wrong || most === group.policy.max_members}>
              {t("settings.save")}
            </Button>
          )
        } />
    </form>
  );
}
