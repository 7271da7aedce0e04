// Which message the next one answers, as the rows and the composer use it.
import { answeredIn, setAnswered, useAnswered } from "~/stream/answering.ts";
import { plain } from "~/kit/markup/plain.ts";
import { placeOf, type ReplyTo, type Row } from "~/stream/model.ts";
import { stopEditing } from "./editing.ts";

const QUOTED = 200; // characters, as the node quotes

export function startReply(row: Row): void {
  stopEditing(placeOf(row));
  setAnswered(placeOf(row), quote(row));
}

export function stopReply(conversation: string): void {
  setAnswered(conversation, undefined);
}

export function replyOf(conversation: string): ReplyTo | undefined {
  return answeredIn(conversation);
}

export function useReply(conversation: string): ReplyTo | undefined {
  return useAnswered(conversation);
}

// quote is a message as an answer to it shows it.
export function quote({ id, author, author_name, text, kind }: Row): ReplyTo {
  if (kind !== "text") return { id, text: "", deleted: true };
  return { id, author, text: [...plain(text)].slice(0, QUOTED).join(""), ...(author_name === undefined ? {} : { author_name }) };
}
