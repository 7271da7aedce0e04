// The drafts of the account as the node has them.
import type { Draft } from "~/api/types.ts";
import { api, call } from "~/api/http.ts";
import { placeOf } from "~/stream/model.ts";
import { sliceState } from "~/stream/slices.ts";

export interface Drafts {
  readonly known: Readonly<Record<string, Draft>>; // by place, also those that ended since the page began
  readonly floor: number; // what is not known had ended at this revision
  readonly clashes: Readonly<Record<string, Draft>>; // written elsewhere while something else is written here
}

export const none: Drafts = { known: {}, floor: 0, clashes: {} };

export function ended(draft: Draft): boolean {
  return draft.text === "" && draft.reply_to === undefined;
}

// heard takes what a frame or an answer says of a draft; older news changes nothing.
export function heard(part: Drafts, draft: Draft): Drafts {
  const place = placeOf(draft);
  const before = part.known[place];
  if (before && before.revision >= draft.revision) return part;
  return { ...part, known: { ...part.known, [place]: draft } };
}

// withAll takes the whole list; frames may have been faster than it.
export function withAll(part: Drafts, items: readonly Draft[], revision: number): Drafts {
  const newer = Object.values(part.known).filter((one) => one.revision > revision);
  return [...items, ...newer].reduce(heard, { ...part, known: {}, floor: Math.max(part.floor, revision) });
}

export function withClash(part: Drafts, conversation: string, draft: Draft | undefined): Drafts {
  if (part.clashes[conversation] === draft) return part;
  const { [conversation]: _old, ...rest } = part.clashes;
  return { ...part, clashes: draft === undefined ? rest : { ...rest, [conversation]: draft } };
}

export const drafts = sliceState<Drafts>({
  name: "draft",
  initial: none,
  frames: { draft: heard },
  async load() {
    const items: Draft[] = [];
    for (let before: string | undefined; ; ) {
      const page = await call(api.GET("/api/v1/drafts", { params: { query: before === undefined ? {} : { before } } }));
      items.push(...page.items);
      if (page.next === undefined) return (part) => withAll(part, items, page.revision);
      before = page.next;
    }
  },
});
