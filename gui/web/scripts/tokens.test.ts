// The contrast of every text on every surface that carries text, in each of the four themes, read from the style sheet itself.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const sheet = readFileSync("src/kit/tokens/tokens.css", "utf8");

type Theme = { name: string; dark: boolean; high: boolean };
const themes: Theme[] = [
  { name: "light", dark: false, high: false },
  { name: "dark", dark: true, high: false },
  { name: "light, high contrast", dark: false, high: true },
  { name: "dark, high contrast", dark: true, high: true },
];

function block(selector: string): Map<string, string> {
  const start = sheet.indexOf(`${selector} {`);
  const body = sheet.slice(start, sheet.indexOf("\n}", start));
  return new Map([...body.matchAll(/^ {2}--([a-z0-9-]+): ([^;]+);/gm)].map(([, name, value]) => [name ?? "", value ?? ""]));
}

function colour({ dark, high }: Theme, role: string): string {
  const value = (high ? block(':root[data-contrast="high"]').get(role) : undefined) ?? block(":root").get(role);
  const [light, other] = /light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/.exec(value ?? "")?.slice(1) ?? [value, value];
  return (dark ? other : light) ?? "";
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const surfaces = ["canvas", "sidebar", "sunken", "raised", "hover", "accent-subtle"];
const texts = ["text", "text-secondary", "text-tertiary", "text-link", "danger-text", "warning-text", "success-text", "info-text"];
const notices = ["danger", "warning", "success", "info"];
const codes = ["word", "text", "value", "note", "name", "kind", "part", "less"];
const names = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `name-${number}`);

// Pairs of what is read and what it lies on, and what each must reach.
function pairs({ high }: Theme): [string, string, number][] {
  const text = high ? 7 : 4.5;
  const control = high ? 4.5 : 3;
  return [
    ...texts.flatMap((role) => surfaces.map((on): [string, string, number] => [role, on, text])),
    ...notices.flatMap((role): [string, string, number][] => [
      [`${role}-text`, `${role}-bg`, text],
      ["text", `${role}-bg`, text],
    ]),
    ["on-accent", "accent", text],
    ["on-danger", "danger", text],
    ...codes.map((role): [string, string, number] => [`code-${role}`, "code", text]),
    ["text", "code", text],
    ...(high ? [] : names.flatMap((role) => ["canvas", "raised", "hover"].map((on): [string, string, number] => [role, on, 4.5]))),
    ...["border-control", "focus-ring"].flatMap((role) => surfaces.map((on): [string, string, number] => [role, on, control])),
    ...["online", "offline"].flatMap((role) => ["canvas", "sidebar"].map((on): [string, string, number] => [role, on, 3])),
  ];
}

describe.each(themes)("in the theme $name", (theme) => {
  it("every text stands out from what it lies on", () => {
    const faint = pairs(theme)
      .map(([role, on, least]) => ({ role, on, least, got: contrast(colour(theme, role), colour(theme, on)) }))
      .filter(({ got, least }) => !(got >= least));
    expect(faint.map(({ role, on, got, least }) => `${role} on ${on}: ${got.toFixed(2)}, wants ${least}`)).toEqual([]);
  });

  it("every role is a colour", () => {
    const wrong = [...surfaces, ...texts, ...names].filter((role) => !/^#[0-9a-f]{6}$/.test(colour(theme, role)));
    expect(wrong).toEqual([]);
  });
});
