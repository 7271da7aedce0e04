import { describe, expect, it } from "vitest";
// @ts-expect-error the script is plain JavaScript
import { check, cycles } from "./lint.mjs";

const rules = (name: string, text: string): string[] => check(name, text).map((line: string) => line.replace(/^[^ ]+ /, ""));

describe("the lint", () => {
  it.each([
    ["features/message/a.ts", 'import { x } from "~/features/contact/b.ts";', "the feature message may not import the feature contact"],
    ["features/message/ui/a.ts", 'import { x } from "../../contact/b.ts";', "the feature message may not import the feature contact"],
    ["kit/a.ts", 'import { x } from "~/stream/store.ts";', "the kit knows no domain"],
    ["features/message/a.ts", 'import { x } from "~/app/text.ts";', "features may not import app"],
    ["stream/a.ts", 'const x = await import("~/features/contact/b.ts");', "stream may not import features"],
    ["app/a.ts", 'import type { paths } from "~/api/generated/schema";', "generated types are reached through api/types.ts"],
    ["app/a.css", ".a { color: #fff; }", "a colour outside the tokens"],
    ["app/a.css", ".a { border: 1px solid gray; }", "a colour, size of text, radius or layer outside the tokens"],
    ["app/a.css", "  font-size: 14px;", "a colour, size of text, radius or layer outside the tokens"],
    ["app/a.css", "  border-radius: 6px;", "a colour, size of text, radius or layer outside the tokens"],
    ["app/a.css", "  z-index: 20;", "a colour, size of text, radius or layer outside the tokens"],
    ["app/a.css", ".a { padding: 1px 7px; }", "a distance outside the tokens: use the steps --space-1 to --space-12"],
    ["app/a.css", "  margin-inline: calc(-12px + env(a));", "a distance outside the tokens: use the steps --space-1 to --space-12"],
    ["app/a.css", "  row-gap: 3px;", "a distance outside the tokens: use the steps --space-1 to --space-12"],
    ["app/a.css", ".a { margin-left: 1px; }", "a physical side: use inline-start and inline-end"],
    ["app/a.css", "  left: 4px;", "a physical side: use inline-start and inline-end"],
    ["app/a.css", "  inset: 0 auto auto 0;", "sides that differ: use inset-inline, margin-inline, padding-inline"],
    ["app/a.css", ".a { margin: 0 1px 0 0; }", "sides that differ: use inset-inline, margin-inline, padding-inline"],
    ["app/a.css", "  padding: 1px calc(var(--a) + env(a)) 1px calc(var(--a) + (1px * 2));", "sides that differ: use inset-inline, margin-inline, padding-inline"],
    ["app/a.css", "  transform: translate(4px, 0);", "a physical way: move along the line by inset-inline"],
    ["app/a.css", "  transform: translateX(-50%);", "a physical way: move along the line by inset-inline"],
    ["app/a.css", "  translate: 4px 0;", "a physical way: move along the line by inset-inline"],
    ["app/a.css", "  width: 4px;", "a physical size or side: use inline-size, block-size, inset-block"],
    ["app/a.ts", "element.innerHTML = text;", "a markup sink"],
    ["app/a.ts", "const x: any = 1;", "the type any"],
    ["app/a.tsx", "<p>Hello there</p>", "a text outside the messages"],
    ["app/a.tsx", '<button aria-label="Close">', "a text outside the messages"],
    ["app/a.tsx", "<p style={{ color }} />", "an inline style: the page's policy forbids it in markup"],
  ])("finds in %s: %s", (name, text, rule) => {
    expect(rules(name, text)).toEqual([rule]);
  });

  it.each([
    ["app/a.ts", 'import { x } from "~/features/contact/b.ts";'],
    ["features/message/a.ts", 'import { x } from "./b.ts";'],
    ["kit/tokens/a.css", "--canvas: #ffffff;"],
    ["app/a.css", "  inline-size: 4px; max-inline-size: 4px; text-align: start;"],
    ["app/a.css", "  font-size: 0.9em; border-radius: 50% var(--radius-card) 0; z-index: 0; color: var(--info-text);"],
    ["app/a.css", "  inset: auto 0 0; margin: 0 calc(1px + 1px) var(--a) calc(1px + 1px); padding-inline: 1px 1.6em;"],
    ["app/a.css", "  transform: translate(0, 4px) translateY(6px); translate: 0 -50%;"],
    ["app/a.tsx", '<p className="hello there">{t("id")}</p>'],
    ["app/a.ts", "// any text in a comment\nconst many = company;"],
  ])("lets pass in %s: %s", (name, text) => {
    expect(rules(name, text)).toEqual([]);
  });

  it("finds rings of imports, not of types", () => {
    const ring = new Map([
      ["app/a.ts", 'import { b } from "./b.ts";'],
      ["app/b.ts", 'import { a } from "./a.ts";'],
    ]);
    expect(cycles(ring)).toEqual(["app/a.ts → app/b.ts → app/a.ts"]);
    ring.set("app/b.ts", 'import type { A } from "./a.ts";');
    expect(cycles(ring)).toEqual([]);
  });
});
