import { fullTime, shortTime } from "~/i18n/time.ts";
import { nameColour } from "./Avatar.tsx";
import "./excerpt.css";

interface ExcerptProps {
  author: string;
  seed: string; // of the author's colour
  title?: string | undefined; // where it was said
  at: string;
  text: string;
  note?: string | undefined;
  fresh?: string | undefined; // says that it is new, if it is
  onOpen(): void;
}

// Excerpt is something that was said, away from where it was said; a press shows it there.
export function Excerpt({ author, seed, title, at, text, note, fresh, onOpen }: ExcerptProps) {
  return (
    <button type="button" className="excerpt" onClick={onOpen}>
      <span className="excerpt-head">
        {fresh !== undefined && <span className="excerpt-dot" role="img" aria-label={fresh} />}
        <bdi className={`excerpt-author name-${nameColour(seed)}`}>{author}</bdi>
        {title !== undefined && <bdi className="excerpt-title">{title}</bdi>}
        <time className="muted small" dateTime={at} title={fullTime(at)}>
          {shortTime(at)}
        </time>
      </span>
      <span className="excerpt-text" dir="auto">
        {text}
      </span>
      {note !== undefined && <span className="muted small">{note}</span>}
    </button>
  );
}
