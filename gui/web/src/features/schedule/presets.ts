// Moments that people choose most, by the calendar and the clock of wherever the page is.
export type PresetName = "soon" | "hour" | "today" | "tomorrow" | "monday";

export interface Preset {
  readonly name: PresetName;
  readonly at: Date;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MORNING = 9;
const EVENING = 21; // nothing is put off to later than this today
const MONDAY = 1;

// sendPresets are when a message may go out: later today where the day is long enough, and the next mornings.
export function sendPresets(now: Date): readonly Preset[] {
  const today = quarter(new Date(now.getTime() + 3 * HOUR));
  const tomorrow = morning(now, 1);
  const untilMonday = (7 + MONDAY - now.getDay()) % 7 || 7;
  return [
    ...(sameDay(today, now) && today.getHours() <= EVENING ? [{ name: "today" as const, at: today }] : []),
    { name: "tomorrow", at: tomorrow },
    ...(untilMonday === 1 ? [] : [{ name: "monday" as const, at: morning(now, untilMonday) }]),
  ];
}

// remindPresets begin sooner.
export function remindPresets(now: Date): readonly Preset[] {
  return [
    { name: "soon", at: new Date(now.getTime() + 20 * MINUTE) },
    { name: "hour", at: new Date(now.getTime() + HOUR) },
    ...sendPresets(now),
  ];
}

// morning is nine o'clock some days on. Days are counted by the calendar: one of them may have 23 or 25 hours.
function morning(now: Date, days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);
}

// quarter is the next full quarter of an hour.
function quarter(at: Date): Date {
  return new Date(Math.ceil(at.getTime() / (15 * MINUTE)) * 15 * MINUTE);
}

function sameDay(one: Date, other: Date): boolean {
  return one.toDateString() === other.toDateString();
}

// localText is a moment as a field for date and time holds it, localMoment the moment of such a text.
export function localText(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

export function localMoment(text: string): Date | undefined {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

const YEAR = 366 * 24 * HOUR;

// faultOf says why a moment cannot be chosen.
export function faultOf(at: Date | undefined, now: Date): "none" | "past" | "far" | undefined {
  if (!at) return "none";
  if (at.getTime() <= now.getTime()) return "past";
  return at.getTime() > now.getTime() + YEAR ? "far" : undefined;
}
