import { Check } from "lucide-react";
import { useEffect, useId, useState, type KeyboardEvent } from "react";
import { asApiError } from "~/api/errors.ts";
import type { Poll } from "~/api/types.ts";
import { currentLocale } from "~/i18n/locale.ts";
import { sayNow } from "~/kit/a11y/live.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { openDialog } from "~/slots/dialogs.tsx";
import type { Row } from "~/stream/model.ts";
import { useStore } from "~/stream/store.ts";
import { EndDialog } from "./EndDialog.tsx";
import { isOver, mine, shareOf, timeLeft, vote } from "./poll.ts";
import { t } from "./text.ts";
import { VotersDialog } from "./VotersDialog.tsx";
import "./poll.css";

const LOOK = 30_000; // milliseconds after which the time that is left is written anew

// RowPoll stands under the question of a poll. A press on the one answer votes; with keys, or of several, the button does.
export default function RowPoll({ row, poll }: { row: Row; poll: Poll }) {
  const about = useId();
  const now = useNow(poll.ends_at);
  const over = isOver(poll, now);
  const fixed = useStore(({ conversations: { [row.conversation]: open } }) => !open || (open.group ? open.group.state !== "joined" || open.group.role === "" : open.contact === "blocked"));
  const own = mine(poll);
  const [chosen, setChosen] = useState<readonly number[]>();
  const shown = chosen ?? own;
  const changed = shown.length > 0 && shown.join() !== own.join();
  const still = over || fixed || row.id === "";
  const cast = (options: readonly number[]) => {
    setChosen(options);
    void vote(row.conversation, row.id, options)
      .catch((cause: unknown) => sayNow(t("failed", { reason: asApiError(cause).detail })))
      .finally(() => setChosen(undefined));
  };
  const toggle = (at: number, pressed: boolean) => {
    if (poll.several) return setChosen(shown.includes(at) ? shown.filter((one) => one !== at) : [...shown, at].sort((a, b) => a - b));
    return pressed ? cast([at]) : setChosen([at]);
  };
  return (
    <div className="poll" data-over={over || undefined} onKeyDown={keep}>
      <fieldset className="poll-answers" disabled={still} aria-labelledby={about}>
        <p className="poll-about" id={about}>
          {over ? t("over") : t(poll.several ? "choose.several" : "choose.one")}
        </p>
        {poll.options.map((option, at) => (
          <Answer key={at} poll={poll} option={option} name={row.key} checked={shown.includes(at)} onToggle={(pressed) => toggle(at, pressed)} />
        ))}
      </fieldset>
      <p className="poll-about">
        {[t("voters", { count: poll.voters }), ...(poll.named ? [] : [t("hidden")]), ...(over || !poll.ends_at ? [] : [left(poll.ends_at, now)])].join(" · ")}
      </p>
      <Actions row={row} poll={poll} over={over} fixed={fixed} {...(changed ? { onVote: () => cast(shown) } : {})} {...(own.length > 0 ? { onBack: () => cast([]) } : {})} />
    </div>
  );
}

function Actions({ row, poll, over, fixed, onVote, onBack }: { row: Row; poll: Poll; over: boolean; fixed: boolean; onVote?(): void; onBack?(): void }) {
  const ends = useStore(({ me, conversations: { [row.conversation]: open } }) => row.author === me?.acct || ["moderator", "admin", "owner"].includes(open?.group?.role ?? ""));
  const { conversation, id } = row;
  if (id === "") return null;
  return (
    <div className="poll-actions">
      {!over && !fixed && onVote && (
        <Button look="solid" onClick={onVote}>
          {t("vote")}
        </Button>
      )}
      {!over && !fixed && !onVote && onBack && (
        <Button look="plain" onClick={onBack}>
          {t("back")}
        </Button>
      )}
      {poll.named && poll.voters > 0 && (
        <Button look="plain" onClick={() => openDialog((close) => <VotersDialog conversation={conversation} message={id} poll={poll} onClose={close} />)}>
          {t("who")}
        </Button>
      )}
      {!over && !fixed && ends && (
        <Button look="plain" onClick={() => openDialog((close) => <EndDialog conversation={conversation} message={id} onClose={close} />)}>
          {t("end")}
        </Button>
      )}
    </div>
  );
}

interface AnswerProps {
  poll: Poll;
  option: Poll["options"][number];
  name: string;
  checked: boolean;
  onToggle(pressed: boolean): void;
}

function Answer({ poll, option, name, checked, onToggle }: AnswerProps) {
  const id = useId();
  const share = shareOf(poll, option.count);
  const percent = new Intl.NumberFormat(currentLocale(), { style: "percent" }).format(share);
  return (
    <label className="poll-option" data-mine={option.mine || undefined}>
      <input type={poll.several ? "checkbox" : "radio"} name={`poll-${name}`} checked={checked} aria-labelledby={id} aria-describedby={`${id}-count`}
        onChange={() => undefined} onClick={(event) => onToggle(event.detail > 0)} />
      <bdi id={id} className="poll-text">
        {option.text}
      </bdi>
      {option.mine && <Check className="poll-mine" aria-label={t("mine")} />}
      <span aria-hidden="true" className="poll-count">
        {percent}
      </span>
      <span id={`${id}-count`} hidden>
        {t("count", { count: option.count, share: percent })}
      </span>
      <progress aria-hidden="true" className="poll-bar" value={share} max={1} />
    </label>
  );
}

function left(endsAt: string, now: number): string {
  const { unit, count } = timeLeft(endsAt, now);
  return t(`left.${unit}`, { count });
}

// keep leaves the keys of the answers to them: the list moves with the same.
function keep(event: KeyboardEvent): void {
  if (event.key !== "Escape" && event.key !== "Tab") event.stopPropagation();
}

// useNow is the time, written anew while a poll still ends.
function useNow(endsAt: string | undefined): number {
  const [now, setNow] = useState(Date.now);
  const waits = endsAt !== undefined && Date.parse(endsAt) > now;
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(() => setNow(Date.now()), LOOK);
    return () => clearInterval(timer);
  }, [waits]);
  return now;
}
