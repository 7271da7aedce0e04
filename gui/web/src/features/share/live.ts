// Live locations: where people are as far as this page was told, and the own ones that it tells of.
import type { LocationMoved } from "~/api/types.ts";
import { sliceState } from "~/stream/slices.ts";
import { changeSlice } from "~/stream/store.ts";

// Going is an own live location; its message is not known before the node has it.
export interface Going {
  readonly conversation: string;
  readonly until: string;
  readonly message?: string;
}

interface Live {
  readonly moves: Readonly<Record<string, LocationMoved>>;
  readonly own: readonly Going[];
}

const KEY = "conclave.live"; // so that it goes on when the page is loaded again

export const live = sliceState<Live>({
  name: "location",
  initial: { moves: {}, own: kept() },
  frames: { location: (part, move) => ({ ...part, moves: { ...part.moves, [move.message]: move } }) },
});

export function setOwn(change: (own: readonly Going[]) => readonly Going[]): void {
  changeSlice(live, (part) => {
    const own = change(part.own);
    try {
      localStorage.setItem(KEY, JSON.stringify(own));
    } catch {
      // A browser that keeps nothing forgets it with the page.
    }
    return { ...part, own };
  });
}

function kept(): Going[] {
  try {
    const all: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(all) ? all.filter(isGoing) : [];
  } catch {
    return [];
  }
}

function isGoing(one: unknown): one is Going {
  const { conversation, until } = (one ?? {}) as Partial<Going>;
  return typeof conversation === "string" && typeof until === "string" && Date.parse(until) > Date.now();
}
