import { CalendarClock, ChevronDown, TriangleAlert } from "lucide-react";
import { useEffect, useRef } from "react";
import { Link } from "wouter";
import { IconButton } from "~/kit/primitives/Button.tsx";
import type { Compose } from "~/slots/types.ts";
import { useSlice } from "~/stream/store.ts";
import { chooseSending } from "../choose.tsx";
import { later, stuck } from "../state.ts";
import { t } from "../text.ts";
import "./later.css";

// SendMenu chooses when a message goes out: a button of its own, and a long press or the second button on the one that sends.
export function SendMenu({ compose: { conversation, text, editing } }: { compose: Compose }) {
  const button = useRef<HTMLButtonElement>(null);
  const off = editing || text.trim() === "";
  useEffect(() => {
    const send = button.current?.parentElement?.querySelector(".composer-send");
    if (!send || off) return;
    const open = (event: Event) => {
      event.preventDefault();
      chooseSending(conversation, send);
    };
    send.addEventListener("contextmenu", open);
    return () => send.removeEventListener("contextmenu", open);
  }, [conversation, off]);
  if (editing) return null;
  return (
    <IconButton ref={button} className="later-menu" label={t("send.later")} icon={<ChevronDown />} disabled={off} aria-haspopup="menu"
      onMouseDown={(event) => event.preventDefault()} onClick={(event) => chooseSending(conversation, event.currentTarget)} />
  );
}

// ScheduledHere says over the box how many messages of the chat wait.
export function ScheduledHere({ compose: { conversation } }: { compose: Compose }) {
  const count = useSlice(later, (part) => Object.values(part.messages).filter((one) => one.conversation === conversation).length);
  const bad = useSlice(later, (part) => Object.values(part.messages).filter((one) => one.conversation === conversation && stuck(one)).length);
  if (count === 0) return null;
  return (
    <p className="later-here" data-problem={bad > 0 ? "" : undefined}>
      {bad > 0 ? <TriangleAlert aria-hidden="true" /> : <CalendarClock aria-hidden="true" />}
      <span>{bad > 0 ? t("here.stuck", { count: bad }) : t("here", { count })}</span>
      <Link href="/saved/scheduled" className="later-link">
        {t("here.show")}
      </Link>
    </p>
  );
}
