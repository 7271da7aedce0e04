// How much the next message of a place presses. It is forgotten with that message.
import type { Priority } from "~/api/types.ts";
import { sliceState } from "~/stream/slices.ts";
import { changeSlice, readSlice, useSlice } from "~/stream/store.ts";

type Chosen = Readonly<Record<string, Priority>>;

const chosen = sliceState<Chosen>({ name: "priority", initial: {}, frames: {} });

export function choose(place: string, priority: Priority | undefined): void {
  changeSlice(chosen, (now) => {
    const { [place]: _, ...rest } = now;
    return priority === undefined ? rest : { ...rest, [place]: priority };
  });
}

export function useChosen(place: string): Priority | undefined {
  return useSlice(chosen, (now) => now[place]);
}

export const chosenIn = (place: string): Priority | undefined => readSlice(chosen)[place];
