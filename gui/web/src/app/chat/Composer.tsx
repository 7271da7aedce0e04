import { SendHorizontal } from "lucide-react";
import { memo, useEffect, useRef, useState, type KeyboardEvent } from "react";
import { IconButton } from "~/kit/primitives/Button.tsx";
import { useStore } from "~/stream/store.ts";
import { t } from "../text.ts";
import { countdown, useSlowMode } from "./slowmode.ts";
import { byteLength, LONGEST_TEXT, sendsOn } from "./writing.ts";
import "./composer.css";

interface ComposerProps {
  conversation: string;
  name: string;
  onSend(text: string): void;
  onNewest(): void;
}

// What is being written stays while the page is open, chat by chat. It is not
// put into the browser's storage, where it would lie in clear.
const drafts = new Map<string, string>();

const NEAR_LIMIT = 1000;

// Composer owns its text, so a key press draws nothing but the composer.
export const Composer = memo(
  function Composer({ conversation, name, onSend, onNewest }: ComposerProps) {
    const [text, setText] = useState(() => drafts.get(conversation) ?? "");
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
          : silent
            ? t("composer.silent")
            : held > 0
              ? t("group.slow", { time: countdown(held) })
              : undefined;

    useEffect(() => {
      if (matchMedia("(hover: hover)").matches) area.current?.focus({ preventScroll: true });
    }, [conversation]);

    const change = (next: string) => {
      setText(next);
      if (next === "") drafts.delete(conversation);
      else drafts.set(conversation, next);
    };
    const send = () => {
      if (empty || left < 0 || held > 0) return;
      onSend(text);
      change("");
      area.current?.focus();
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (sendsOn(event.nativeEvent, composing.current)) {
        event.preventDefault();
        send();
      } else if (event.key === "ArrowUp" && event.shiftKey && text === "") {
        event.preventDefault();
        onNewest();
      }
    };
    return (
      <div className="composer">
        <div className="composer-box">
          <div className="composer-grow" data-text={text}>
            <textarea ref={area} value={text} rows={1} dir="auto" data-region-focus="" aria-label={t("composer.label", { name })}
              placeholder={t("composer.placeholder")} enterKeyHint="send" autoComplete="off" aria-describedby="composer-note"
              onChange={(event) => change(event.target.value)} onKeyDown={onKeyDown}
              onCompositionStart={() => (composing.current = true)}
              onCompositionEnd={() => setTimeout(() => (composing.current = false))} />
          </div>
          <IconButton className="composer-send" label={t("composer.send")} disabled={empty || left < 0 || held > 0}
            icon={<SendHorizontal className="mirrored" />} onMouseDown={(event) => event.preventDefault()} onClick={send} />
        </div>
        <p className={`composer-note ${note === undefined ? "composer-hint" : ""}`} id="composer-note"
          data-problem={left < 0 ? "" : undefined}>
          {note ?? t("composer.hint")}
        </p>
      </div>
    );
  },
  (before, now) => before.conversation === now.conversation && before.name === now.name,
);
