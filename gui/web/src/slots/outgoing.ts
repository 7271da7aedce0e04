// Messages as their authors have them before they go: with all that features add to them.
import type { EditExtra, Message, SendExtra } from "~/api/types.ts";
import type { ReplyTo } from "~/stream/model.ts";
import { currentSender } from "~/stream/session.ts";
import { slots } from "./slots.ts";
import type { Outgoing, SendPart, Where } from "./types.ts";

// outgoing gathers what goes with a text. Nothing changes by it: letGo is called when the message is on its way.
export function outgoing(where: Where, text: string, reply?: ReplyTo): Outgoing {
  const said = where.thread === undefined ? undefined : { thread: where.thread };
  const parts = slots("sendParts").flatMap((part) => part.goes(where, text) ?? []);
  return {
    conversation: where.conversation,
    text,
    reply,
    send: Object.assign({}, said, ...parts.map((one) => one.send)) as SendExtra,
    shown: Object.assign({}, said, ...parts.map((one) => one.row)) as Partial<Message>,
  };
}

// deliver sends a message at once: it shows in the page, and waits there for the node.
export function deliver({ conversation, text, reply, send, shown }: Outgoing): void {
  void currentSender()?.send(conversation, text, reply, Object.keys(send).length > 0 ? { send, shown } : undefined);
}

export function letGo(place: string): void {
  for (const part of slots("sendParts")) part.gone?.(place);
}

// alone is the text that goes where nothing was written, if anything does.
export function alone(place: string): string | undefined {
  return slots("sendParts").flatMap((part) => part.alone?.(place) ?? [])[0];
}

// edited is what goes with another text for a message.
export function edited(row: Parameters<NonNullable<SendPart["edited"]>>[0], text: string): EditExtra {
  return Object.assign({}, ...slots("sendParts").map((part) => part.edited?.(row, text))) as EditExtra;
}
