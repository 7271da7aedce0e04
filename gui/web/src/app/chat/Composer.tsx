import { Check, SendHorizontal } from "lucide-react";
import { memo, useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { asApiError } from "~/api/errors.ts";
import { editText } from "~/features/message/commands.ts";
import { changeEdited, lastOwn, startEditing, stopEditing, useEditing } from "~/features/message/editing.ts";
import { stopReply, useReply } from "~/features/message/replying.ts";
import { IconButton } from "~/kit/primitives/Button.tsx";
import { placeOf, type ReplyTo } from "~/stream/model.ts";
import { alone } from "~/slots/outgoing.ts";
import { slots } from "~/slots/slots.ts";
import { rowsOf } from "~/stream/selectors.ts";
import { getState, useStore } from "~/stream/store.ts";
import { setWritten, useWritten } from "~/stream/writing.ts";
import { t } from "../text.ts";
import { ComposerTools } from "./ComposerTools.tsx";
import { composeOf, takes } from "./compose.ts";
import { useCompletion } from "./useCompletion.tsx";
import { countdown, useSlowMode } from "./slowmode.ts";
import { byteLength, LONGEST_TEXT, sendsOn } from "./writing.ts";
import { EditBar, ReplyBar } from "./Bars.tsx";
import "./composer.css";

interface ComposerProps {
  conversation: string;
  thread?: string; // what is written is said in the thread of this message
  name: string;
  onSend(text: string, reply: ReplyTo | undefined): void;
  onNewest(): void;
}

const NEAR_LIMIT = 1000;

// Composer owns its text, so a key press draws nothing but the composer.
export const Composer = memo(
  function Composer({ conversation, thread, name, onSend, onNewest }: ComposerProps) {
    const place = placeOf({ conversation, thread });
    const written = useWritten(place);
    const editing = useEditing(place);
    const reply = useReply(place);
    const text = editing?.text ?? written;
    const [problem, setProblem] = useState<string>();
    const area = useRef<HTMLTextAreaElement>(null);
    const composing = useRef(false);
    const silent = useStore((state) => !state.answering);
    const held = useSlowMode(conversation);
    const left = LONGEST_TEXT - byteLength(text);
    const standing = useStore(() => alone(place));
    const bare = text.trim() === "";
    const empty = bare && (standing === undefined || editing !== undefined);
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
    }, [place]);

    const target = editing?.id ?? reply?.id;
    useEffect(() => {
      setProblem(undefined);
      if (target === undefined) return;
      area.current?.focus();
      area.current?.setSelectionRange(area.current.value.length, area.current.value.length);
    }, [target]);

    const change = (next: string) => {
      if (editing) return changeEdited(place, next);
      setWritten(place, next);
    };
    const send = () => {
      if (empty || left < 0 || held > 0) return;
      if (editing) return void save();
      onSend(bare && standing !== undefined ? standing : text, reply);
      stopReply(place);
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
      if (editing) stopEditing(place);
      else stopReply(place);
      area.current?.focus();
    };
    const latest = useRef({ text, change, send });
    latest.current = { text, change, send };
    const revising = editing !== undefined;
    const compose = useMemo(() => composeOf({ conversation, thread, place }, text, revising, area, latest), [conversation, thread, place, text, revising]);
    const completing = useCompletion(compose, area);
    const keys = useStore(() => slots("composerKeys").flatMap((one) => one.hint?.() ?? [])[0]);
    const onKeyDown = (event: KeyboardEvent) => {
      if (!composing.current && !event.nativeEvent.isComposing) {
        if (completing.onKeyDown(event)) return;
        if (slots("composerKeys").some((one) => one.press(event.nativeEvent, compose))) return event.preventDefault();
      }
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
        const last = lastOwn(rowsOf(state, place), state.me?.acct);
        if (last) startEditing(last);
      }
    };
    const parts = slots("composerParts").filter((one) => thread === undefined || one.thread);
    return (
      <div className="composer">
        {completing.list}
        {editing ? <EditBar text={editing.before} onCancel={leave} /> : reply && <ReplyBar reply={reply} name={name} onCancel={leave} />}
        {parts.map(({ id, place, Part }) => (place === "above" ? <Part key={id} compose={compose} /> : null))}
        <div className="composer-box"
          onDragOver={(event) => event.dataTransfer.types.includes("Files") && event.preventDefault()}
          onDrop={(event) => takes(event.dataTransfer, compose) && event.preventDefault()}>
          <div className="composer-grow" data-text={text}>
            <textarea ref={area} value={text} rows={1} dir="auto" data-region-focus="" aria-label={editing ? t("composer.edit.label") : t(thread ? "composer.thread" : "composer.label", { name })}
              placeholder={t(thread ? "composer.thread.placeholder" : "composer.placeholder")} enterKeyHint="send" autoComplete="off" aria-describedby={`composer-note${thread ?? ""}`}
              {...completing.box}
              onSelect={completing.onCaret} onPaste={(event) => takes(event.clipboardData, compose) && event.preventDefault()}
              onChange={(event) => change(event.target.value)} onKeyDown={onKeyDown}
              onCompositionStart={() => (composing.current = true)}
              onCompositionEnd={() => setTimeout(() => (composing.current = false))} />
          </div>
          <ComposerTools compose={compose} parts={parts.filter((one) => one.place !== "above")} />
          <IconButton className="composer-send" label={t(editing ? "composer.edit.save" : "composer.send")} disabled={empty || left < 0 || held > 0}
            icon={editing ? <Check /> : <SendHorizontal className="mirrored" />} onMouseDown={(event) => event.preventDefault()} onClick={send} />
        </div>
        <p className={`composer-note ${note === undefined ? "composer-hint" : ""}`} id={`composer-note${thread ?? ""}`}
          data-problem={left < 0 || (editing && problem) ? "" : undefined} role={editing && problem ? "alert" : undefined}>
          {note ?? keys ?? t(editing ? "composer.edit.hint" : "composer.hint")}
        </p>
      </div>
    );
  },
  (before, now) => before.conversation === now.conversation && before.thread === now.thread && before.name === now.name,
);
