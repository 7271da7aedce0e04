// The messages that are sent later and the reminders of the account.
import { api, call } from "~/api/http.ts";
import type { Reminder, Scheduled } from "~/api/types.ts";
import { placeOf } from "~/stream/model.ts";
import { sliceState } from "~/stream/slices.ts";

export interface Later {
  readonly messages: Readonly<Record<string, Scheduled>>;
  readonly reminders: Readonly<Record<string, Reminder>>;
  readonly loaded: boolean;
}

type Listed<One> = Readonly<Record<string, One>>;

// put sets one, or takes it out where it is gone.
function put<One>(all: Listed<One>, id: string, one: One | undefined): Listed<One> {
  const { [id]: _old, ...rest } = all;
  return one === undefined ? rest : { ...rest, [id]: one };
}

function byID<One extends { id: string }>(items: readonly One[]): Listed<One> {
  return Object.fromEntries(items.map((one) => [one.id, one]));
}

export const later = sliceState<Later>({
  name: "schedule",
  initial: { messages: {}, reminders: {}, loaded: false },
  frames: {
    scheduled: (part, { id, scheduled }) => ({ ...part, messages: put(part.messages, id, scheduled) }),
    reminder: (part, { id, reminder }) => ({ ...part, reminders: put(part.reminders, id, reminder) }),
  },
  async load() {
    const [messages, reminders] = await Promise.all([call(api.GET("/api/v1/scheduled")), call(api.GET("/api/v1/reminders"))]);
    return () => ({ messages: byID(messages.items), reminders: byID(reminders.items), loaded: true });
  },
});

// inOrder lists the next first.
export function inOrder<One extends { id: string; at: string }>(all: Listed<One>): One[] {
  return Object.values(all).sort((a, b) => a.at.localeCompare(b.at) || a.id.localeCompare(b.id));
}

// waitingAt lists what will be said in a conversation, or in a thread.
export function waitingAt(part: Later, place: string): Scheduled[] {
  return Object.values(part.messages).filter((one) => placeOf(one) === place);
}

// stuck tells that a message needs its author.
export function stuck({ state }: Scheduled): boolean {
  return state === "missed" || state === "refused";
}

// wanting counts what needs the person: reminders that are due, and messages that were not sent.
export function wanting(part: Later): number {
  return Object.values(part.messages).filter(stuck).length + Object.values(part.reminders).filter((one) => one.due).length;
}
