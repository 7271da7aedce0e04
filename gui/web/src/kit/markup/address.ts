// Addresses of links: which ones there are, where they stand in a text, and
// what a reader has to know of them.
import { bytes, digit, inAddress, letter } from "./classes.ts";
import { MAX_URL } from "./tree.ts";

// isAddress tells whether a text is the whole address of a link: http, https,
// mailto or conclave, with a host where the scheme has one, nobody's name
// before the host, and nothing in it that is not seen.
export function isAddress(url: string): boolean {
  if (url.length > MAX_URL || bytes(url) > MAX_URL) return false;
  for (let i = 0; i < url.length; i++) if (!inAddress(url.charCodeAt(i))) return false;
  const [scheme, rest] = cutScheme(url);
  if (scheme === "http" || scheme === "https") return rest !== "" && hostOf(rest) !== "";
  if (scheme === "mailto") return rest.indexOf("@") > 0 && rest.indexOf("@") < rest.length - 1;
  return scheme === "conclave" && /^[a-z]\/./i.test(rest);
}

// cutScheme gives the scheme in small letters and what follows it, of http and
// https what follows the slashes.
function cutScheme(url: string): readonly [string, string] {
  const at = url.slice(0, 9).indexOf(":");
  if (at < 0) return ["", ""];
  const scheme = lower(url.slice(0, at));
  const rest = url.slice(at + 1);
  if (scheme !== "http" && scheme !== "https") return [scheme, rest];
  return rest.startsWith("//") ? [scheme, rest.slice(2)] : ["", ""];
}

const lower = (text: string): string => text.replace(/[A-Z]+/g, (part) => part.toLowerCase());

const MAX_HOST = 260;

// hostOf gives the host and port that an address without its scheme begins
// with, empty for none.
function hostOf(rest: string): string {
  const whole = /^[^/?#]*/.exec(rest.slice(0, MAX_HOST + 1))?.[0] ?? "";
  if (bytes(whole) > MAX_HOST) return "";
  const host = whole.endsWith("]") ? whole : whole.replace(/:[0-9]{1,5}$/, "");
  if (/^\[[0-9a-f:.]+\]$/i.test(host)) return whole;
  return /^(?![.-])[a-z0-9._\u0080-\uffff-]*$/i.test(host) && /[a-z0-9\u0080-\uffff]/i.test(host) ? whole : "";
}

// hostName gives what a reader has to know of an address: the host with its
// port, the address of a mail, or the scheme.
export function hostName(url: string): string {
  const [scheme, rest] = cutScheme(url);
  if (scheme === "http" || scheme === "https") return lower(hostOf(rest));
  return scheme === "mailto" ? (rest.split("?")[0] ?? "") : scheme;
}

// told tells whether the text of a link names the host that it leads to, so
// that a reader need not be told.
export function told(text: string, url: string): boolean {
  const trimmed = lower(text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ""));
  const [, rest] = cutScheme(trimmed);
  const named = rest === "" ? trimmed : rest;
  const host = lower(hostName(url));
  return named.startsWith(host) && (named.length === host.length || "/?#:".includes(named.charAt(host.length)));
}

export interface Found {
  readonly length: number; // 0 for none
  readonly looked: number; // how far it had to look
  readonly url: string;
}

const NONE: Found = { length: 0, looked: 0, url: "" };
const BEGINNING = /(?:https?:\/\/|www\.|mailto:|conclave:)/iy;

// findAddress reads an address that stands in a text without any marks around
// it. In the brackets of a link it ends where they do.
export function findAddress(s: string, at: number, bracketed: boolean): Found {
  BEGINNING.lastIndex = at;
  const prefix = BEGINNING.exec(s)?.[0] ?? "";
  const start = at + prefix.length;
  if (prefix === "" || start === s.length) return NONE;
  const www = prefix.length === 4;
  const next = s.charCodeAt(start);
  if (www && !letter(next) && !digit(next) && next < 0x80) return NONE;
  if (lower(prefix) === "conclave:" && !/^[a-z]\/./is.test(s.slice(start, start + 3))) return NONE;
  let end = start;
  let size = prefix.length;
  while (end < s.length && size <= MAX_URL) {
    const c = s.charCodeAt(end);
    if (!inAddress(c) || (bracketed && c === 93) || (c === 124 && s.charCodeAt(end + 1) === 124)) break;
    size += c < 0x80 ? 1 : c < 0x800 || (c >= 0xd800 && c < 0xe000) ? 2 : 3;
    end++;
  }
  const looked = end - at;
  const text = trim(s.slice(at, end));
  const url = www ? `https://${text}` : text;
  if (size > MAX_URL || text.length <= prefix.length || !isAddress(url)) return { length: 0, looked, url: "" };
  return { length: text.length, looked, url };
}

// trim leaves out the punctuation that ends the sentence and not the address.
function trim(text: string): string {
  let open = 0;
  for (const c of text) open += c === "(" ? 1 : c === ")" ? -1 : 0;
  let end = text.length;
  for (; end > 0; end--) {
    const c = text.charAt(end - 1);
    if (c === ")" && open < 0) open++;
    else if (!"?!.,:;*_~'|]".includes(c)) break;
  }
  return text.slice(0, end);
}
