import type { Message } from "~/api/types.ts";
import { fullTime, shortTime } from "~/i18n/time.ts";
import { nameColour } from "~/kit/primitives/Avatar.tsx";
import "./mark.css";

interface MessageCardProps {
  message: Message;
  author: string;
  title?: string; // of its conversation
  note?: string;
  onOpen(): void;
}

// MessageCard is a message away from its chat; a press shows it there.
export function MessageCard({ message, author, title, note, onOpen }: MessageCardProps) {
  return (
    <button type="button" className="mark-card" onClick={onOpen}>
      <span className="mark-card-head">
        <bdi className={`mark-card-author name-${nameColour(message.author)}`}>{author}</bdi>
        {title !== undefined && <bdi className="mark-card-title">{title}</bdi>}
        <time className="muted small" dateTime={message.sent_at} title={fullTime(message.sent_at)}>
          {shortTime(message.sent_at)}
        </time>
      </span>
      <span className="mark-card-text" dir="auto">
        {message.text}
      </span>
      {note !== undefined && <span className="muted small">{note}</span>}
    </button>
  );
}
