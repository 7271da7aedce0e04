// The snippets of the account, and which one a typed name means.
import { api, call } from "~/api/http.ts";
import type { Snippet } from "~/api/types.ts";
import { sliceState } from "~/stream/slices.ts";

export interface Snippets {
  readonly all: Readonly<Record<string, Snippet>>;
  readonly loaded: boolean;
}

export const snippets = sliceState<Snippets>({
  name: "snippet",
  initial: { all: {}, loaded: false },
  frames: {
    snippet(part, { id, snippet }) {
      const { [id]: _old, ...rest } = part.all;
      return { ...part, all: snippet === undefined ? rest : { ...rest, [id]: snippet } };
    },
  },
  async load() {
    const { items } = await call(api.GET("/api/v1/snippets"));
    return () => ({ all: Object.fromEntries(items.map((one) => [one.id, one])), loaded: true });
  },
});

export function byName(part: Snippets): Snippet[] {
  return Object.values(part.all).sort((a, b) => a.name.localeCompare(b.name));
}

// matching lists those whose name begins with what was typed, then those that hold it.
export function matching(part: Snippets, typed: string): Snippet[] {
  const wanted = typed.toLocaleLowerCase();
  const at = (one: Snippet) => one.name.toLocaleLowerCase().indexOf(wanted);
  const found = byName(part).filter((one) => at(one) >= 0);
  return [...found.filter((one) => at(one) === 0), ...found.filter((one) => at(one) > 0)];
}

const MOST_NAME = 32; // characters
const MOST_TEXT = 4000; // bytes

// faultOf says what is wrong with a snippet before the node is asked.
export function faultOf(name: string, text: string): { name?: true; over?: number; empty?: true } | undefined {
  const over = new TextEncoder().encode(text).length - MOST_TEXT;
  if (name === "" || [...name].length > MOST_NAME || /[\s/]/.test(name)) return { name: true };
  if (text === "") return { empty: true };
  return over > 0 ? { over } : undefined;
}
