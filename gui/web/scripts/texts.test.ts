import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import nodeTexts from "../src/api/messages.en.json";
// @ts-expect-error the script is plain JavaScript
import { checkAll, compare, typography } from "./texts.mjs";

const here = import.meta.dirname;

describe("the texts of the languages", () => {
  it.each([
    ["a missing text", { a: "Send" }, {}, [], "a: missing"],
    ["a superfluous text", {}, { a: "Enviar" }, [], "a: English has no such text"],
    ["another value", { a: "Hi {name}" }, { a: "Hola {nombre}" }, [], "a: takes {nombre}, English takes {name}"],
    ["a lost value", { a: "Hi {name}" }, { a: "Hola" }, [], "a: takes nothing, English takes {name}"],
    ["a lost case", { a: "{k, select, x {X one} other {Y}}" }, { a: "{k, select, other {Z}}" }, [], "a: takes {k, select, other}, English takes {k, select, other x}"],
    ["a lost number", { a: "{n, plural, =0 {none} other {# all}}" }, { a: "{n, plural, other {# todo}}" }, [], "a: takes {n, plural cardinal 0, }, English takes {n, plural cardinal 0, =0}"],
    ["a lost tag", { a: "Go <b>now</b>" }, { a: "Ve ya" }, [], "a: takes nothing, English takes <b>"],
    ["English left", { a: "Send" }, { a: "Send" }, [], "a: the same as in English"],
    ["a needless entry of the list", { a: "Send" }, { a: "Enviar" }, ["a"], "a: listed as the same as in English, and is not"],
    ["an entry of the list for nothing", {}, {}, ["a"], "a: listed as the same, and English has no such text"],
  ])("%s is found", (_, english, other, same, breach) => {
    expect(compare(english, other, same)).toEqual([breach]);
  });

  it("may have other plurals, and be the same where that is listed or where there are no words", () => {
    expect(compare({ a: "{n, plural, one {# day} other {# days}}" }, { a: "{n, plural, one {# jour} many {# de jours} other {# jours}}" })).toEqual([]);
    expect(compare({ a: "Message", b: "{x}, {y}" }, { a: "Message", b: "{x}, {y}" }, ["a"])).toEqual([]);
  });

  it.each([
    ["fr", "Envoyer ?", true],
    ["fr", "Envoyer?", true],
    ["fr", "Envoyer\u202f?", false],
    ["fr", "À {name}\u00a0: https://x", false],
    ["fr", "l'ami", true],
    ["fr", "« ici »", true],
    ["es", "Enviar?", true],
    ["es", "¿Enviar?", false],
  ])("are set as printers of %s do: %s", (language, text, wrong) => {
    expect(typography(language, text) !== undefined).toBe(wrong);
  });

  it("are complete in the page", () => {
    expect(checkAll(path.join(here, "../src"))).toEqual([]);
  });

  it("name every refusal of the node, apart from the one whose sentence an owner writes", () => {
    const root = path.join(here, "../../../node");
    const codes = new Set<string>();
    for (const name of readdirSync(root, { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".go") || name.endsWith("_test.go")) continue;
      for (const [, code] of readFileSync(path.join(root, name), "utf8").matchAll(/\bCode:\s*"([a-z_]+)"/g)) codes.add(code ?? "");
    }
    expect(codes.size).toBeGreaterThan(40);
    expect([...codes].filter((code) => !(code in nodeTexts))).toEqual(["suspended"]);
  });
});
