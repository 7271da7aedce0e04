import { describe, expect, it } from "vitest";
import file from "../../../../../protocol/markup/testdata/cases.json";
import { parse } from "./parse.ts";
import { plain } from "./plain.ts";
import { MAX_TEXT, type Range } from "./tree.ts";

interface Cases {
  cases: { text: string; mentions?: [number, number][]; tree: unknown; plain: string }[];
  drawn: { parts: string[]; seed: number; digests: string[] };
}

// The cases that the node is held to as well.
const shared = file as unknown as Cases;

function units(text: string, pairs: [number, number][] = []): Range[] {
  const raw = new TextEncoder().encode(text);
  const at = (byte: number) => new TextDecoder().decode(raw.slice(0, byte)).length;
  return pairs.map(([from, to]) => ({ from: at(from), to: at(to) }));
}

function* drawn({ parts, seed, digests }: Cases["drawn"]): Generator<string> {
  let state = seed;
  const next = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % n;
  };
  for (let i = 0; i < digests.length; i++) {
    let text = "";
    for (let count = 2 + next(24); count > 0; count--) text += parts[next(parts.length)] ?? "";
    yield text;
  }
}

// sorted writes a tree as the node does, with the names of fields in order.
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, sorted(inner)]));
}

function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}

describe("the grammar", () => {
  it.each(shared.cases)("reads $text as the node does", ({ text, mentions, tree, plain: want }) => {
    const ranges = units(text, mentions);
    expect(parse(text, ranges).tree ?? null).toEqual(tree);
    expect(plain(text, ranges)).toBe(want);
  });

  it("reads drawn texts as the node does", () => {
    let index = 0;
    for (const text of drawn(shared.drawn)) {
      const tree = JSON.stringify(sorted(parse(text).tree ?? null));
      expect(digest(tree), `${JSON.stringify(text)} became ${tree}`).toBe(shared.drawn.digests[index++]);
    }
    expect(index).toBeGreaterThan(1000);
  });

  const signs = ["[", "]", "*", "_", "`", ">", "<", "~", "|", "\\", "(", ":", "#", "- ", "> ", "1. ", "\n", " ", "[](", "[a](", "[a](b", "[a](http://b", "*a ",
    "a*", "a**b", "*a_", "||a", "~~a", "`a``", "<http://", "http://", "http://-", "http://a.b/(", "www.", ":aa:", "\n>", "\n- ", "\n```", "-\n", "* - + ", "[*",
    "*[", "[a](https://b.c) ", "**a *b ", "\n\n- a\n\n", "𝓪*", "- ".repeat(30) + "\n", "_ ".repeat(400) + "x\n"];

  it("does work that is linear in the length, whatever the text", () => {
    let slowest = { took: 0, sign: "" };
    for (const sign of signs) {
      const text = sign.repeat(MAX_TEXT / sign.length);
      const start = performance.now();
      const { steps } = parse(text);
      const took = performance.now() - start;
      if (took > slowest.took) slowest = { took, sign };
      expect(steps, JSON.stringify(sign)).toBeLessThan(40 * MAX_TEXT);
    }
    console.log(`the slowest of the hostile texts is ${JSON.stringify(slowest.sign)}: ${slowest.took.toFixed(1)} ms`);
  });
});
