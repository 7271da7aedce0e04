// Formatted text that is pasted becomes marks. What was copied is read in a
// document of its own that runs nothing and loads nothing.
import type { Compose } from "~/slots/types.ts";

const MOST = 200_000; // characters of markup that are read
const DEEPEST = 40;
const MANY = 5000; // elements

// take replaces the selection by what was copied, if that is formatted.
export function take(data: DataTransfer, compose: Compose): boolean {
  const html = data.getData("text/html");
  const plain = data.getData("text/plain");
  if (html === "" || html.length > MOST || data.files.length > 0) return false;
  const marked = toMarks(html);
  if (marked === undefined || marked === "" || marked === plain.trim()) return false;
  const { from, to } = compose.caret();
  compose.replace(from, to, marked);
  return true;
}

interface Reading {
  left: number;
  formatted: boolean;
}

// Words of a policy under which the browser lets this one text be read as
// markup, into a document without a window.
interface Inert {
  createPolicy(name: string, rules: { createHTML(text: string): string }): { createHTML(text: string): unknown };
}

let inert: { createHTML(text: string): unknown } | undefined;

function documentOf(html: string): Document {
  const factory = (globalThis as { trustedTypes?: Inert }).trustedTypes;
  inert ??= factory?.createPolicy("paste", { createHTML: (text) => text });
  return new DOMParser().parseFromString((inert?.createHTML(html) as string | undefined) ?? html, "text/html");
}

// toMarks gives the text with marks that markup stands for; undefined where
// there is nothing to mark.
export function toMarks(html: string): string | undefined {
  const reading: Reading = { left: MANY, formatted: false };
  const text = blocks(documentOf(html).body, reading, 0);
  return reading.formatted && reading.left > 0 ? text : undefined;
}

const PARAGRAPHS = new Set(["P", "DIV", "SECTION", "ARTICLE", "MAIN", "HEADER", "FOOTER", "TABLE", "TBODY", "THEAD", "TR", "DL", "DT", "DD", "FIGURE", "FORM"]);
const SKIPPED = new Set(["SCRIPT", "STYLE", "TEMPLATE", "HEAD", "TITLE", "NOSCRIPT", "IFRAME", "OBJECT", "SVG", "MATH"]);
const MARKS: Readonly<Record<string, string>> = { B: "**", STRONG: "**", I: "*", EM: "*", S: "~~", DEL: "~~", STRIKE: "~~" };

// blocks writes what an element holds, parts that stand on lines of their own
// apart from one another.
function blocks(element: Node, reading: Reading, depth: number): string {
  const parts: string[] = [];
  let line = "";
  const end = () => {
    const text = line.replace(/[ \t]*\n[ \t]*/g, "\n").replace(/^[ \t\n]+|[ \t\n]+$/g, "");
    if (text !== "") parts.push(text);
    line = "";
  };
  for (const node of element.childNodes) {
    if (--reading.left <= 0 || depth > DEEPEST) break;
    const block = node instanceof Element ? blockOf(node, reading, depth) : undefined;
    if (block === undefined) {
      line += inline(node, reading, depth);
      continue;
    }
    end();
    if (block !== "") parts.push(block);
  }
  end();
  return parts.join("\n\n");
}

function blockOf(element: Element, reading: Reading, depth: number): string | undefined {
  const name = element.tagName.toUpperCase();
  if (PARAGRAPHS.has(name)) return blocks(element, reading, depth + 1);
  if (name === "UL" || name === "OL") {
    reading.formatted = true;
    return list(element, name === "OL", reading, depth);
  }
  if (name === "BLOCKQUOTE") {
    reading.formatted = true;
    return blocks(element, reading, depth + 1).replace(/^/gm, "> ");
  }
  if (name === "PRE") {
    reading.formatted = true;
    const code = (element.textContent ?? "").replace(/\n$/, "");
    const run = Math.max(2, ...(code.match(/`+/g) ?? []).map((one) => one.length)) + 1;
    return `${"`".repeat(run)}\n${code}\n${"`".repeat(run)}`;
  }
  if (/^H[1-6]$/.test(name)) {
    reading.formatted = true;
    return `${"#".repeat(Number(name[1]))} ${inlines(element, reading, depth).trim().replace(/\s+/g, " ")}`;
  }
  if (name === "HR") {
    reading.formatted = true;
    return "---";
  }
  return undefined;
}

function list(element: Element, ordered: boolean, reading: Reading, depth: number): string {
  const lines: string[] = [];
  let number = Number(element.getAttribute("start") ?? "1") || 1;
  for (const item of element.children) {
    if (--reading.left <= 0) break;
    const mark = ordered ? `${number++}. ` : "- ";
    const text = blocks(item, reading, depth + 1).replace(/\n\n/g, "\n");
    if (text !== "") lines.push(mark + text.replaceAll("\n", `\n${" ".repeat(mark.length)}`));
  }
  return lines.join("\n");
}

function inlines(element: Node, reading: Reading, depth: number): string {
  let out = "";
  for (const node of element.childNodes) {
    if (--reading.left <= 0 || depth > DEEPEST) break;
    out += inline(node, reading, depth);
  }
  return out;
}

function inline(node: Node, reading: Reading, depth: number): string {
  if (node.nodeType === 3) return escaped((node.nodeValue ?? "").replace(/[ \t\r\n]+/g, " "));
  if (!(node instanceof Element)) return "";
  const name = node.tagName.toUpperCase();
  if (SKIPPED.has(name)) return "";
  if (name === "BR") return "\n";
  if (name === "CODE" || name === "KBD" || name === "SAMP") {
    const code = (node.textContent ?? "").replace(/\s+/g, " ");
    if (code.trim() === "") return code;
    reading.formatted = true;
    const tick = code.includes("`") ? "``" : "`";
    return code.startsWith("`") || code.endsWith("`") ? `${tick} ${code} ${tick}` : tick + code + tick;
  }
  const inner = inlines(node, reading, depth + 1);
  if (name === "A") return link(node, inner, reading);
  const mark = weightless(node) ? undefined : MARKS[name];
  return mark === undefined ? inner : marked(inner, mark, reading);
}

// weightless finds the elements around a whole page that some programs copy.
function weightless(element: Element): boolean {
  return /font-weight:\s*(?:normal|400)/.test(element.getAttribute("style") ?? "") || element.id.startsWith("docs-internal");
}

// marked puts marks around a text, with the blanks at its edges outside.
function marked(text: string, mark: string, reading: Reading): string {
  const [, before = "", inner = "", after = ""] = /^(\s*)([^]*?)(\s*)$/.exec(text) ?? [];
  if (inner === "" || inner.includes("\n\n")) return text;
  reading.formatted = true;
  return before + mark + inner + mark + after;
}

function link(element: Element, inner: string, reading: Reading): string {
  const address = element.getAttribute("href") ?? "";
  if (!/^(?:https?:\/\/|mailto:)[^\s()<>"`\\]+$/i.test(address) || inner.trim() === "") return inner;
  const text = inner.trim();
  if (text === address || escaped(address) === text) return address;
  reading.formatted = true;
  return `[${text.replace(/[[\]]/g, (sign) => (text.includes("\\" + sign) ? sign : `\\${sign}`))}](${address})`;
}

// escaped keeps signs of a text from being read as marks.
function escaped(text: string): string {
  return text.replace(/[*_~`[\]\\|]/g, (sign, at: number) => {
    if (sign === "_" && /\w/.test(text.charAt(at - 1)) && /\w/.test(text.charAt(at + 1))) return sign;
    if ((sign === "~" || sign === "|") && text.charAt(at - 1) !== sign && text.charAt(at + 1) !== sign) return sign;
    if (sign === "*" && /\s/.test(text.charAt(at - 1) || " ") && /\s/.test(text.charAt(at + 1) || " ")) return sign;
    return `\\${sign}`;
  });
}
