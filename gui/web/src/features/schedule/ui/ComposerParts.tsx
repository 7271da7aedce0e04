import { CalendarClock, ChevronDown, TriangleAlert } from "lucide-react";
import { useEffect, useRef } from "react";
import { Link } from "wouter";
import { IconButton } from "~/kit/primitives/Button.tsx";
import { alone } from "~/slots/outgoing.ts";
import type { Compose } from "~/slots/types.ts";
import { useSlice, useStore } from "~/stream/store.ts";
import { chooseForWriting } from "../choose.tsx";
import { later, stuck, waitingAt } from "../state.ts";
import { t } from "../text.ts";
import "./later.css";

// SendMenu chooses when a message goes out: a button of its own, and a long press or the second button on the one that sends.
export function SendMenu({ compose }: { compose: Compose }) {
  const { conversation, thread, place, text, editing } = compose;
  const button = useRef<HTMLButtonElement>(null);
  const standing = useStore(() => alone(place));
  const off = editing || (text.trim() === "" && standing === undefined);
  useEffect(() => {
    const send = button.current?.closest(".composer")?.querySelector(".composer-send");
    if (!send || off) return;
    const open = (event: Event) => {
      event.preventDefault();
      chooseForWriting({ conversation, thread, place }, send);
    };
    send.addEventListener("contextmenu", open);
    return () => send.removeEventListener("contextmenu", open);
  }, [conversation, thread, place, off]);
  if (editing) return null;
  return (
    <IconButton ref={button} className="later-menu" label={t("send.later")} icon={<ChevronDown />} disabled={off} aria-haspopup="menu"
      onMouseDown={(event) => event.preventDefault()} onClick={(event) => chooseForWriting(compose, event.currentTarget)} />
  );
}

// ScheduledHere says over the box how many messages of the chat, or of the thread, wait.
export function ScheduledHere({ compose: { place, thread } }: { compose: Compose }) {
  const count = useSlice(later, (part) => waitingAt(part, place).length);
  const bad = useSlice(later, (part) => waitingAt(part, place).filter(stuck).length);
  if (count === 0) return null;
  return (
    <p className="later-here" data-problem={bad > 0 ? "" : undefined}>
      {bad > 0 ? <TriangleAlert aria-hidden="true" /> : <CalendarClock aria-hidden="true" />}
      <span>{bad > 0 ? t("here.stuck", { count: bad }) : t(thread === undefined ? "here" : "here.thread", { count })}</span>
      <Link href="/saved/scheduled" className="later-link">
        {t("here.show")}
      </Link>
    </p>
  );
}
