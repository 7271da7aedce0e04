// Reads markup that was copied, as far as marks can be made of it. It makes a
// tree of its own instead of a document: nothing is loaded, nothing runs, and
// a few attributes are all that is kept.

export interface Tag {
  readonly name: string; // in capitals
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: (Tag | string)[];
}

const MOST = 200_000; // characters
const LONGEST = 4000; // characters of a tag
const DEEPEST = 40;
const KEPT = new Set(["href", "start", "style", "id"]);
const VOID = new Set(["AREA", "BASE", "BR", "COL", "EMBED", "HR", "IMG", "INPUT", "LINK", "META", "PARAM", "SOURCE", "TRACK", "WBR"]);
const RAW = new Set(["SCRIPT", "STYLE", "TITLE", "TEXTAREA", "TEMPLATE", "NOSCRIPT", "IFRAME", "OBJECT", "SVG", "MATH"]);
const BESIDE: Readonly<Record<string, readonly string[]>> = { LI: ["LI"], P: ["P"], DT: ["DT", "DD"], DD: ["DT", "DD"], TR: ["TR", "TD", "TH"], TD: ["TD", "TH"], TH: ["TD", "TH"] };
const STARTS = new Set(["P", "DIV", "UL", "OL", "PRE", "BLOCKQUOTE", "TABLE", "HR", "H1", "H2", "H3", "H4", "H5", "H6"]);

// readHtml gives the tree of a markup; undefined for one that is too long or
// too tangled to be read in bounded work.
export function readHtml(html: string): Tag | undefined {
  if (html.length > MOST) return undefined;
  const root = tag("", "");
  const stack = [root];
  let work = html.length * 8 + 100 * LONGEST;
  let text = "";
  const flush = () => {
    if (text !== "") stack.at(-1)?.children.push(decoded(text));
    text = "";
  };
  for (let i = 0; i < html.length; ) {
    const next = html.indexOf("<", i);
    if (next < 0) {
      text += html.slice(i);
      break;
    }
    text += html.slice(i, next);
    if (html.startsWith("<!--", next)) {
      const end = html.indexOf("-->", next + 4);
      i = end < 0 ? html.length : end + 3;
      continue;
    }
    const end = endOfTag(html, next);
    work -= (end < 0 ? LONGEST : end - next) + stack.length;
    if (work < 0) return undefined;
    const found = end < 0 ? null : /^<(\/?)([a-z][a-z0-9:-]*)/i.exec(html.slice(next, next + 60));
    if (!found) {
      if (/^<[!?/]/.test(html.slice(next, next + 2)) && end > 0) i = end + 1;
      else {
        text += "<";
        i = next + 1;
      }
      continue;
    }
    flush();
    i = end + 1;
    const name = (found[2] ?? "").toUpperCase();
    if (found[1] === "/") close(stack, name);
    else if (RAW.has(name)) i = behind(html, i, name);
    else open(stack, tag(name, html.slice(next + found[0].length, end)));
  }
  flush();
  return root;
}

function endOfTag(html: string, from: number): number {
  let quote = "";
  for (let i = from + 1; i < html.length && i - from < LONGEST; i++) {
    const c = html.charAt(i);
    if (quote !== "") quote = c === quote ? "" : quote;
    else if (c === '"' || c === "'") quote = html.charAt(i - 1) === "=" ? c : "";
    else if (c === ">") return i;
  }
  return -1;
}

function behind(html: string, from: number, name: string): number {
  const found = html.slice(from).search(new RegExp(`</${name}`, "i"));
  if (found < 0) return html.length;
  const end = html.indexOf(">", from + found);
  return end < 0 ? html.length : end + 1;
}

function tag(name: string, attributes: string): Tag {
  const kept = new Map<string, string>();
  for (const [, key = "", double, single, bare] of attributes.slice(0, LONGEST).matchAll(/([a-z-]+)=(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi)) {
    if (KEPT.has(key.toLowerCase())) kept.set(key.toLowerCase(), decoded(double ?? single ?? bare ?? ""));
  }
  return { name, attributes: kept, children: [] };
}

function open(stack: Tag[], made: Tag): void {
  const beside = BESIDE[made.name] ?? (STARTS.has(made.name) ? ["P"] : []);
  while (stack.length > 1 && beside.includes(stack.at(-1)?.name ?? "")) stack.pop();
  stack.at(-1)?.children.push(made);
  if (!VOID.has(made.name) && stack.length < DEEPEST) stack.push(made);
}

function close(stack: Tag[], name: string): void {
  const at = stack.findLastIndex((one) => one.name === name);
  if (at > 0) stack.length = at;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", ndash: "–", mdash: "—", hellip: "…", lsquo: "‘", rsquo: "’", ldquo: "“", rdquo: "”", bull: "•", copy: "©", euro: "€" };

function decoded(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]{2,8}));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 31 && code < 0x110000 && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : whole;
  });
}

// textOf is all text inside of a tag.
export function textOf(node: Tag | string): string {
  if (typeof node === "string") return node;
  return node.name === "BR" ? "\n" : node.children.map(textOf).join("");
}
