// What all features hang into the screens. It is filled once, before the page is drawn.
import type { Hung, Slots } from "./types.ts";

const all: { -readonly [Name in keyof Slots]: Slots[Name][number][] } = {
  rowActions: [],
  rowParts: [],
  namedEmoji: [],
  emojiChoices: [],
  composerParts: [],
  composerKeys: [],
  composerPastes: [],
  completions: [],
  sendParts: [],
  sendWays: [],
  panels: [],
  headParts: [],
  foots: [],
  listActions: [],
  listMarks: [],
  listFilters: [],
  settingsPages: [],
  pages: [],
  commands: [],
  overlays: [],
};

// hang takes the lists of features, in their order; what has a rank is ordered by it.
export function hang(features: readonly Hung[]): void {
  for (const name of Object.keys(all) as (keyof Slots)[]) {
    const list = features.flatMap((one) => (one[name] ?? []) as readonly object[]);
    list.sort((a, b) => rank(a) - rank(b));
    all[name].splice(0, Infinity, ...(list as never[]));
  }
}

function rank(one: object): number {
  return "rank" in one && typeof one.rank === "number" ? one.rank : 0;
}

// slots gives what hangs in one place.
export function slots<Name extends keyof Slots>(name: Name): Slots[Name] {
  return all[name] as unknown as Slots[Name];
}
