// Dates and times as people read them. Formatters are made once: making one
// costs more than a hundred uses.
import { currentLocale } from "./locale.ts";

const cache = new Map<string, Intl.DateTimeFormat>();

function formatter(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${currentLocale()} ${name}`;
  let made = cache.get(key);
  if (!made) cache.set(key, (made = new Intl.DateTimeFormat(currentLocale(), options)));
  return made;
}

export function clockTime(at: string): string {
  return formatter("clock", { hour: "2-digit", minute: "2-digit" }).format(new Date(at));
}

export function fullTime(at: string): string {
  return formatter("full", { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
}

// shortTime fits a list row: the clock today, the weekday this week, else the date.
export function shortTime(at: string, now = new Date()): string {
  const then = new Date(at);
  const days = daysBetween(then, now);
  if (days <= 0) return clockTime(at);
  if (days < 7) return formatter("weekday", { weekday: "short" }).format(then);
  if (then.getFullYear() === now.getFullYear()) {
    return formatter("day", { day: "numeric", month: "short" }).format(then);
  }
  return formatter("date", { dateStyle: "short" }).format(then);
}

// dayName heads the messages of one day.
export function dayName(at: string, now = new Date()): string {
  const days = daysBetween(new Date(at), now);
  if (days === 0 || days === 1) {
    const word = new Intl.RelativeTimeFormat(currentLocale(), { numeric: "auto" }).format(-days, "day");
    return word.charAt(0).toLocaleUpperCase(currentLocale()) + word.slice(1);
  }
  return formatter("long", { weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(
    new Date(at),
  );
}

export function sameDay(one: string, other: string): boolean {
  return daysBetween(new Date(one), new Date(other)) === 0;
}

function daysBetween(from: Date, to: Date): number {
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return Math.round((midnight(to) - midnight(from)) / 86_400_000);
}

export function bytes(count: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
  const step = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
  return new Intl.NumberFormat(currentLocale(), {
    style: "unit",
    unit: units[step] ?? "byte",
    unitDisplay: "short",
    maximumFractionDigits: step > 1 ? 1 : 0,
  }).format(count / 1000 ** step);
}
