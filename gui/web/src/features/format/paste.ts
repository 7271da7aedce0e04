// Formatted text that is pasted becomes marks.
import { readHtml, textOf, type Tag } from "./html.ts";

interface Reading {
  formatted: boolean;
}

// toMarks gives the text with marks that markup stands for; undefined where
// there is nothing to mark.
export function toMarks(html: string): string | undefined {
  const tree = readHtml(html);
  if (!tree) return undefined;
  const reading: Reading = { formatted: false };
  const text = blocks(tree, reading);
  return reading.formatted ? text : undefined;
}

const PARAGRAPHS = new Set(["P", "DIV", "SECTION", "ARTICLE", "MAIN", "HEADER", "FOOTER", "TABLE", "TBODY", "THEAD", "TR", "DL", "DT", "DD", "FIGURE", "FORM", "HTML", "BODY"]);
const SKIPPED = new Set(["HEAD"]);
const MARKS: Readonly<Record<string, string>> = { B: "**", STRONG: "**", I: "*", EM: "*", S: "~~", DEL: "~~", STRIKE: "~~" };

// blocks writes what an element holds, parts that stand on lines of their own
// apart from one another.
function blocks(element: Tag, reading: Reading): string {
  const parts: string[] = [];
  let line = "";
  const end = () => {
    const text = line.replace(/[ \t]*\n[ \t]*/g, "\n").replace(/^[ \t\n]+|[ \t\n]+$/g, "");
    if (text !== "") parts.push(text);
    line = "";
  };
  for (const node of element.children) {
    const block = typeof node === "string" ? undefined : blockOf(node, reading);
    if (block === undefined) {
      line += inline(node, reading);
      continue;
    }
    end();
    if (block !== "") parts.push(block);
  }
  end();
  return parts.join("\n\n");
}

function blockOf(element: Tag, reading: Reading): string | undefined {
  const { name } = element;
  if (PARAGRAPHS.has(name)) return blocks(element, reading);
  if (name === "UL" || name === "OL") {
    reading.formatted = true;
    return list(element, name === "OL", reading);
  }
  if (name === "BLOCKQUOTE") {
    reading.formatted = true;
    return blocks(element, reading).replace(/^/gm, "> ");
  }
  if (name === "PRE") {
    reading.formatted = true;
    const code = textOf(element).replace(/^\n|\n$/g, "");
    const run = Math.max(2, ...(code.match(/`+/g) ?? []).map((one) => one.length)) + 1;
    return `${"`".repeat(run)}\n${code}\n${"`".repeat(run)}`;
  }
  if (/^H[1-6]$/.test(name)) {
    reading.formatted = true;
    return `${"#".repeat(Number(name[1]))} ${inlines(element, reading).trim().replace(/\s+/g, " ")}`;
  }
  if (name === "HR") {
    reading.formatted = true;
    return "---";
  }
  return undefined;
}

function list(element: Tag, ordered: boolean, reading: Reading): string {
  const lines: string[] = [];
  let number = Number(element.attributes.get("start") ?? "1") || 1;
  for (const item of element.children) {
    if (typeof item === "string") continue;
    const mark = ordered ? `${number++}. ` : "- ";
    const text = blocks(item, reading).replace(/\n\n/g, "\n");
    if (text !== "") lines.push(mark + text.replaceAll("\n", `\n${" ".repeat(mark.length)}`));
  }
  return lines.join("\n");
}

function inlines(element: Tag, reading: Reading): string {
  return element.children.map((node) => inline(node, reading)).join("");
}

function inline(node: Tag | string, reading: Reading): string {
  if (typeof node === "string") return escaped(node.replace(/[ \t\r\n\u00a0]+/g, " "));
  const { name } = node;
  if (SKIPPED.has(name)) return "";
  if (name === "BR") return "\n";
  if (name === "CODE" || name === "KBD" || name === "SAMP") {
    const code = textOf(node).replace(/\s+/g, " ");
    if (code.trim() === "") return code;
    reading.formatted = true;
    const tick = code.includes("`") ? "``" : "`";
    return code.startsWith("`") || code.endsWith("`") ? `${tick} ${code} ${tick}` : tick + code + tick;
  }
  const inner = inlines(node, reading);
  if (name === "A") return link(node, inner, reading);
  const mark = weightless(node) ? undefined : MARKS[name];
  return mark === undefined ? inner : marked(inner, mark, reading);
}

// weightless finds the elements around a whole page that some programs copy.
function weightless(element: Tag): boolean {
  return /font-weight:\s*(?:normal|400)/.test(element.attributes.get("style") ?? "") || (element.attributes.get("id") ?? "").startsWith("docs-internal");
}

// marked puts marks around a text, with the blanks at its edges outside.
function marked(text: string, mark: string, reading: Reading): string {
  const [, before = "", inner = "", after = ""] = /^(\s*)([^]*?)(\s*)$/.exec(text) ?? [];
  if (inner === "" || inner.includes("\n\n")) return text;
  reading.formatted = true;
  return before + mark + inner + mark + after;
}

function link(element: Tag, inner: string, reading: Reading): string {
  const address = element.attributes.get("href") ?? "";
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
