import { expect, test } from "vitest";
import { formatText } from "./format.ts";

const said = (name: string) => formatText([["arg", "name"], " wrote"], { name }, "en");

test.each([
  ["a plain name", "Ana", "\u2068Ana\u2069 wrote"],
  ["a name that ends the isolate it stands in", "Ana\u2069\u202egnol", "\u2068Ana\u202egnol\u2069 wrote"],
  ["a name that leaves an isolate open", "\u2067Ana", "\u2068\u2067Ana\u2069\u2069 wrote"],
  ["a text with a name in it", "\u2068Ana\u2069 wrote", "\u2068\u2068Ana\u2069 wrote\u2069 wrote"],
])("%s reorders nothing beside it", (_, name, want) => {
  expect(said(name)).toBe(want);
});
