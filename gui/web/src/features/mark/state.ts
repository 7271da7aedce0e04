// The marks that the page knows of: stars that changed since a message was read, and the pins of chats that were opened.
import type { LiveFrame, Message, Pin } from "~/api/types.ts";
import { sliceState } from "~/stream/slices.ts";

export interface Marks {
  readonly stars: Readonly<Record<string, boolean>>; // by message
  readonly starring: number; // grows with every change of a star
  readonly pins: Readonly<Record<string, readonly Pin[]>>; // by conversation, those first that were pinned last
}

type Data<Type extends LiveFrame["type"]> = Extract<LiveFrame, { type: Type }>["data"];

const initial: Marks = { stars: {}, starring: 0, pins: {} };

export const marks = sliceState<Marks>({
  name: "mark",
  initial,
  frames: { star, pins: stale, message: changed },
  load: () => Promise.resolve((part) => ({ ...initial, starring: part.starring + 1 })), // frames may have been missed: read anew
});

export function star(part: Marks, { message, starred }: Data<"star">): Marks {
  return { ...part, starring: part.starring + 1, stars: { ...part.stars, [message]: starred } };
}

// stale forgets the pins of a chat: they are read again where they are shown.
function stale(part: Marks, { conversation }: Data<"pins">): Marks {
  const { [conversation]: _old, ...pins } = part.pins;
  return { ...part, pins };
}

// changed has a pin show what its message says now; one that was deleted goes.
function changed(part: Marks, message: Message): Marks {
  const pins = part.pins[message.conversation];
  if (!pins?.some((one) => one.message.id === message.id)) return part;
  if (message.kind !== "text") return stale(part, { conversation: message.conversation, message: message.id });
  const now = pins.map((one) => (one.message.id === message.id ? { ...one, message } : one));
  return { ...part, pins: { ...part.pins, [message.conversation]: now } };
}
