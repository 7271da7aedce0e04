// Rules that the type checker cannot know: who may import whom, colours only
// in the tokens, no physical sides in styles, no markup sinks, no texts in
// components, all texts in every language. Prints each breach with file and line; exits 1 if there is one.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { checkAll } from "./texts.mjs";

// Layers, lowest first: a folder imports only folders of lower layers.
const LAYERS = [["i18n"], ["api"], ["kit", "stream"], ["slots"], ["features"], ["app"]];
const TOKENS = "kit/tokens/";
const LONGEST = 400;
// What has a token and is written out all the same: named colours, sizes of text that do not follow from what is around them,
// radii and layers.
const LITERAL =
  /(?:color|background|border|outline|fill|stroke)[a-z-]*:[^;]*\b(?:white|black|gr[ae]y|silver|red|orange|yellow|green|blue|purple|pink|brown)\b|font-size:\s*[\d.]+(?:px|rem|pt)\b|radius:[^;]*\d(?:px|r?em)\b|z-index:\s*-?\d*[1-9]/i;

// A distance in pixels that is written out. One pixel may be: it sets off a line or an edge.
const DISTANCE = /(?:^|[\s;{-])(?:margin|padding|gap)(?:-[a-z]+)*\s*:[^;}]*?(?<![\w.-])-?(?:[2-9]|1\d)[\d.]*px\b/;

// check gives the breaches of one file, named by its path inside src.
export function check(name, text) {
  const lines = text.split("\n");
  const found = [];
  const add = (index, rule) => found.push(`src/${name}:${index + 1}: ${rule}`);
  if (lines.length > LONGEST) add(LONGEST, `longer than ${LONGEST} lines`);
  lines.forEach((line, index) => {
    for (const rule of name.endsWith(".css") ? style(name, line) : script(name, line)) add(index, rule);
  });
  return found;
}

function* style(name, line) {
  if (!name.startsWith(TOKENS) && /#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(/i.test(line)) yield "a colour outside the tokens";
  if (!name.startsWith(TOKENS) && LITERAL.test(line)) yield "a colour, size of text, radius or layer outside the tokens";
  if (!name.startsWith(TOKENS) && DISTANCE.test(line)) yield "a distance outside the tokens: use the steps --space-1 to --space-12";
  if (/(?:^|[\s;{-])(?:left|right)\s*[:;]|\b(?:margin|padding|border|inset)-(?:left|right)\b|text-align:\s*(?:left|right)|float:/.test(line)) {
    yield "a physical side: use inline-start and inline-end";
  }
  if (/(?:^|[\s;{])(?:inset|margin|padding|scroll-margin|scroll-padding)\s*:/.test(line) && lopsided(line)) yield "sides that differ: use inset-inline, margin-inline, padding-inline";
  if (/translate(?:X|3d)?\((?!\s*0(?:px|%)?\s*[,)])|(?:^|[\s;{])translate\s*:(?!\s*(?:none|0(?:px|%)?)(?:[\s;]|$))/.test(line)) yield "a physical way: move along the line by inset-inline";
  if (/(?:^|\s)(?:width|height|margin-top|margin-bottom|padding-top|padding-bottom|top|bottom)\s*:/.test(line)) {
    yield "a physical size or side: use inline-size, block-size, inset-block";
  }
  if (/!important/.test(line)) yield "!important";
}

// lopsided tells whether a shorthand of four values says something else of the left side than of the right one.
function lopsided(line) {
  for (const [, list] of line.matchAll(/(?:^|[\s;{])(?:inset|margin|padding|scroll-margin|scroll-padding)\s*:([^;}]*)/g)) {
    const values = list.trim().match(/(?:[^\s(]|\((?:[^()]|\([^()]*\))*\))+/g) ?? [];
    if (values.length === 4 && values[1] !== values[3]) return true;
  }
  return false;
}

function* script(name, line) {
  const test = /\.test\.tsx?$/.test(name);
  if (/innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySetInnerHTML|\beval\(/.test(line)) yield "a markup sink";
  if (/\bany\b(?=[\s,;>)\]|]|$)/.test(line.replace(/\/\/.*|"[^"]*"|`[^`]*`/g, "")) && /[:<|&]\s*any\b|as any/.test(line)) yield "the type any";
  if (!test && /style=\{/.test(line)) yield "an inline style: the page's policy forbids it in markup";
  if (!test && name.endsWith(".tsx") && bareText(line)) yield "a text outside the messages";
  if (!test && /"#[0-9a-f]{3,8}"/i.test(line)) yield "a colour outside the tokens";
  const from = /(?:from|import\()\s*"([^"]+)"/.exec(line)?.[1];
  if (from) yield* boundary(name, from);
}

// bareText finds words between tags and in attributes that people read.
function bareText(line) {
  const attribute = /\b(?:aria-label|title|placeholder|alt|label)="[^"]*\p{L}{2,}[^"]*"/u.test(line);
  const words = />\s*[^<>{}()=;]*\p{L}{2,}[^<>{}()=;]*<\//u.test(line.replace(/=>/g, ""));
  return attribute || words;
}

function* boundary(name, from) {
  const to = target(name, from);
  if (to === undefined) return;
  const mine = layer(name);
  const theirs = layer(to);
  if (theirs > mine) yield `${name.split("/")[0]} may not import ${to.split("/")[0]}`;
  const slice = feature(name);
  const other = feature(to);
  if (slice && other && slice !== other) yield `the feature ${slice} may not import the feature ${other}`;
  if (name.startsWith("kit/") && /^(?:api|stream)\//.test(to)) yield "the kit knows no domain";
  if (to.startsWith("api/generated/") && !name.startsWith("api/")) yield "generated types are reached through api/types.ts";
}

function target(name, from) {
  if (from.startsWith("~/")) return from.slice(2);
  if (from.startsWith(".")) return path.posix.normalize(path.posix.join(path.posix.dirname(name), from));
  return undefined;
}

function layer(name) {
  return LAYERS.findIndex((folders) => folders.includes(name.split("/")[0]));
}

function feature(name) {
  return /^features\/([^/]+)\//.exec(name)?.[1];
}

// cycles finds files that import one another in a ring.
export function cycles(files) {
  const edges = new Map(
    [...files].map(([name, text]) => [
      name,
      [...text.matchAll(/^import (?!type)[^;]*?from "([^"]+)"/gm)].map((hit) => target(name, hit[1])).filter((to) => files.has(to)),
    ]),
  );
  const done = new Set();
  const rings = [];
  const visit = (name, trail) => {
    if (trail.includes(name)) return void rings.push([...trail.slice(trail.indexOf(name)), name].join(" → "));
    if (done.has(name)) return;
    for (const next of edges.get(name) ?? []) visit(next, [...trail, name]);
    done.add(name);
  };
  for (const name of edges.keys()) visit(name, []);
  return rings;
}

function main() {
  const root = fileURLToPath(new URL("../src", import.meta.url));
  const names = readdirSync(root, { recursive: true })
    .map((name) => name.split(path.sep).join("/"))
    .filter((name) => /\.(?:tsx?|css)$/.test(name) && !name.startsWith("api/generated/"));
  const files = new Map(names.map((name) => [name, readFileSync(path.join(root, name), "utf8")]));
  const found = [...files].flatMap(([name, text]) => check(name, text));
  for (const ring of cycles(files)) found.push(`a ring of imports: ${ring}`);
  found.push(...checkAll(root));
  for (const line of found) console.error(line);
  console.log(`lint: ${names.length} files, ${found.length} breaches`);
  process.exitCode = found.length > 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
