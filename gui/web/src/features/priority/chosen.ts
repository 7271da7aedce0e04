// How much the next message of a conversation presses. It is forgotten with that message.
import type { Priority } from "~/api/types.ts";
import { sliceState } from "~/stream/slices.ts";
import { changeSlice, readSlice, useSlice } from "~/stream/store.ts";

type Chosen = Readonly<Record<string, Priority>>;

const chosen = sliceState<Chosen>({ name: "priority", initial: {}, frames: {} });

export function choose(conversation: string, priority: Priority | undefined): void {
  changeSlice(chosen, (now) => {
    const { [conversation]: _, ...rest } = now;
    return priority === undefined ? rest : { ...rest, [conversation]: priority };
  });
}

export function useChosen(conversation: string): Priority | undefined {
  return useSlice(chosen, (now) => now[conversation]);
}

// take gives the priority of a message that is sent now.
export function take(conversation: string): Priority | undefined {
  const priority = readSlice(chosen)[conversation];
  if (priority !== undefined) choose(conversation, undefined);
  return priority;
}
