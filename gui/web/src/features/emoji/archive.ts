// A pack as a file: names with their pictures, nothing of who added them or where.
import type { CustomEmoji } from "~/api/types.ts";
import { MOST, NAME, pathOf } from "./pack.ts";

export interface Kept {
  readonly name: string;
  readonly picture: string; // a data URL
}

export const LARGEST_FILE = 5 * 1024 * 1024; // bytes: more than a full pack
const LARGEST_PICTURE = 44_000; // characters of a data URL
const FORM = "conclave-emoji-1";
const PICTURE = /^data:image\/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+={0,2}$/;

export function writeArchive(all: readonly Kept[]): string {
  return JSON.stringify({ form: FORM, emoji: all.map(({ name, picture }) => ({ name, picture })) }, undefined, 1);
}

// readArchive gives what a file holds, or undefined for everything that writeArchive cannot have written.
export function readArchive(text: string): readonly Kept[] | undefined {
  if (text.length > LARGEST_FILE) return undefined;
  const file = parsed(text);
  if (!only(file, ["form", "emoji"]) || file.form !== FORM || !Array.isArray(file.emoji) || file.emoji.length > MOST) return undefined;
  const found = new Map<string, Kept>();
  for (const one of file.emoji as unknown[]) {
    if (!only(one, ["name", "picture"])) return undefined;
    const { name, picture } = one;
    if (typeof name !== "string" || !NAME.test(name) || found.has(name)) return undefined;
    if (typeof picture !== "string" || picture.length > LARGEST_PICTURE || !PICTURE.test(picture)) return undefined;
    found.set(name, { name, picture });
  }
  return [...found.values()];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function only(value: unknown, keys: readonly string[]): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === keys.length && keys.every((key) => Object.hasOwn(value, key));
}

// keptOf reads a picture from the node for a file.
export async function keptOf(conversation: string, one: CustomEmoji): Promise<Kept> {
  const answer = await fetch(pathOf(conversation, one), { credentials: "same-origin", cache: "no-store" });
  if (!answer.ok) throw new Error("no picture");
  const type = answer.headers.get("Content-Type") ?? "";
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const data = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return { name: one.name, picture: `data:${type};base64,${data}` };
}
