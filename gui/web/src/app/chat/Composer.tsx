import { Check, SendHorizontal } from "lucide-react";
import { memo, useEffect, useRef, useState, type KeyboardEvent } from "react";
import { asApiError } from "~/api/errors.ts";
import { editText } from "~/features/message/commands.ts";
import { changeEdited, lastOwn, startEditing, stopEditing, useEditing } from "~/features/message/editing.ts";
import { stopReply, useReply } from "~/features/message/replying.ts";
import { IconButton } from "~/kit/primitives/Button.tsx";
import type { ReplyTo } from "~/stream/model.ts";
import { rowsOf } from "~/stream/selectors.ts";
import { getState, useStore } from "~/stream/store.ts";
import { t } from "../text.ts";
import { countdown, useSlowMode } from "./slowmode.ts";
import { byteLength, LONGEST_TEXT, sendsOn } from "./writing.ts";
import { EditBar, ReplyBar } from "./Bars.tsx";
import "./composer.css";

interface ComposerProps {
  conversation: string;
  name: string;
  onSend(text: string, reply: ReplyTo | undefined): void;
  onNewest(): void;
}

// What is being written stays while the page is open, chat by chat. It is not
// put into the browser's storage, where it would lie in clear.
const drafts = new Map<string, string>();

const NEAR_LIMIT = 1000;

// Composer owns its text, so a key press draws nothing but the composer.
export const Composer = memo(
  function Composer({ conversation, name, onSend, onNewest }: ComposerProps) {
    const [written, setWritten] = useState(() => drafts.get(conversation) ?? "");
    const editing = useEditing(conversation);
    const reply = useReply(conversation);
    const text = editing?.text ?? written;
    const [problem, setProblem] = useState<string>();
    const area = useRef<HTMLTextAreaElement>(null);
    const composing = useRef(false);
    const silent = useStore((state) => !state.answering);
    const held = useSlowMode(conversation);
    const left = LONGEST_TEXT - byteLength(text);
    const empty = text.trim() === "";
    const note =
      left < 0
        ? t("composer.long", { count: -left })
        : left < NEAR_LIMIT
          ? t("composer.left", { count: left })
          : editing
            ? problem
            : silent
            ? t("composer.silent")
            : held > 0
              ? t("group.slow", { time: countdown(held) })
              : undefined;

    useEffect(() => {
      if (matchMedia("(hover: hover)").matches) area.current?.focus({ preventScroll: true });
    }, [conversation]);

    const target = editing?.id ?? reply?.id;
    useEffect(() => {
      setProblem(undefined);
      if (target === undefined) return;
      area.current?.focus();
      area.current?.setSelectionRange(area.current.value.length, area.current.value.length);
    }, [target]);

    const change = (next: string) => {
      if (editing) return changeEdited(conversation, next);
      setWritten(next);
      if (next === "") drafts.delete(conversation);
      else drafts.set(conversation, next);
    };
    const send = () => {
      if (empty || left < 0 || held > 0) return;
      if (editing) return void save();
      onSend(text, reply);
      stopReply(conversation);
      change("");
      area.current?.focus();
    };
    const save = async () => {
      if (!editing) return;
      try {
        if (editing.text !== editing.before) await editText(conversation, editing.id, editing.text);
        leave();
      } catch (cause) {
        const error = asApiError(cause);
        setProblem(error.status === 0 ? t("composer.edit.silent") : t("composer.edit.failed", { reason: error.detail }));
      }
    };
    const leave = () => {
      if (editing) stopEditing(conversation);
      else stopReply(conversation);
      area.current?.focus();
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (sendsOn(event.nativeEvent, composing.current)) {
        event.preventDefault();
        send();
      } else if (event.key === "Escape" && (editing || reply) && !composing.current && !event.nativeEvent.isComposing) {
        event.preventDefault();
        leave();
      } else if (event.key === "ArrowUp" && text === "" && !editing) {
        event.preventDefault();
        if (event.shiftKey) return onNewest();
        const state = getState();
        const last = lastOwn(rowsOf(state, conversation), state.me?.acct);
        if (last) startEditing(last);
      }
    };
    return (
      <div className="composer">
        {editing ? <EditBar text={editing.before} onCancel={leave} /> : reply && <ReplyBar reply={reply} name={name} onCancel={leave} />}
        <div className="composer-box">
          <div className="composer-grow" data-text={text}>
            <textarea ref={area} value={text} rows={1} dir="auto" data-region-focus="" aria-label={editing ? t("composer.edit.label") : t("composer.label", { name })}
              placeholder={t("composer.placeholder")} enterKeyHint="send" autoComplete="off" aria-describedby="composer-note"
              onChange={(event) => change(event.target.value)} onKeyDown={onKeyDown}
              onCompositionStart={() => (composing.current = true)}
              onCompositionEnd={() => setTimeout(() => (composing.current = false))} />
          </div>
          <IconButton className="composer-send" label={t(editing ? "composer.edit.save" : "composer.send")} disabled={empty || left < 0 || held > 0}
            icon={editing ? <Check /> : <SendHorizontal className="mirrored" />} onMouseDown={(event) => event.preventDefault()} onClick={send} />
        </div>
        <p className={`composer-note ${note === undefined ? "composer-hint" : ""}`} id="composer-note"
          data-problem={left < 0 || (editing && problem) ? "" : undefined} role={editing && problem ? "alert" : undefined}>
          {note ?? t(editing ? "composer.edit.hint" : "composer.hint")}
        </p>
      </div>
    );
  },
  (before, now) => before.conversation === now.conversation && before.name === now.name,
);
