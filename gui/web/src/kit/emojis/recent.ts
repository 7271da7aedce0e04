// Which emoji a person used last and which skin tone they chose: kept in this browser until log-out.
import { TONES, type Tone } from "./table.ts";

const KEY = "conclave.emoji";
const KEPT = 24;
const USUAL = ["👍", "❤️", "😂", "🎉", "😮", "🙏"];

interface Kept {
  readonly recent: readonly string[];
  readonly tone: Tone;
}

function load(): Kept {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as { recent?: unknown; tone?: unknown };
    const recent = Array.isArray(kept.recent) ? kept.recent.filter((one) => typeof one === "string").slice(0, KEPT) : [];
    return { recent, tone: TONES.find((one) => one === kept.tone) ?? "" };
  } catch {
    return { recent: [], tone: "" };
  }
}

function save(kept: Kept): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    return; // a browser that keeps nothing offers the usual ones again
  }
}

// recentEmoji gives what was used last, filled up with the usual ones.
export function recentEmoji(most: number): string[] {
  return [...new Set([...load().recent, ...USUAL])].slice(0, most);
}

export function usedEmoji(text: string): void {
  const { recent, tone } = load();
  save({ recent: [text, ...recent.filter((one) => one !== text)].slice(0, KEPT), tone });
}

export function chosenTone(): Tone {
  return load().tone;
}

export function chooseTone(tone: Tone): void {
  save({ ...load(), tone });
}

export function forgetEmoji(): void {
  localStorage.removeItem(KEY);
}
