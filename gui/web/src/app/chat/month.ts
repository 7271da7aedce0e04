// Days of a calendar, as texts like 2026-11-23. They have no time zone: all reckoning is in UTC.

export interface Cell {
  readonly key: string;
  readonly number: string;
  readonly inside: boolean; // of the month
}

const DAY = 86_400_000;

const text = (time: number): string => new Date(time).toISOString().slice(0, 10);
const timeOf = (day: string): number => Date.parse(`${day}T00:00:00Z`);

// dayKey is the day of a moment where the page is.
export function dayKey(at: Date): string {
  return text(Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()));
}

// step goes some days or months on. In a shorter month it stops at the last day.
export function step(day: string, by: { days?: number; months?: number }): string {
  if (by.months === undefined) return text(timeOf(day) + (by.days ?? 0) * DAY);
  const [year = 0, month = 1, number = 1] = day.split("-").map(Number);
  const last = new Date(Date.UTC(year, month + by.months, 0)).getUTCDate();
  return text(Date.UTC(year, month - 1 + by.months, Math.min(number, last)));
}

// firstDay is the day on which weeks begin: 1 for Monday to 7 for Sunday.
function firstDay(locale: string): number {
  const info = new Intl.Locale(locale) as Intl.Locale & { getWeekInfo?(): { firstDay: number }; weekInfo?: { firstDay: number } };
  return info.getWeekInfo?.().firstDay ?? info.weekInfo?.firstDay ?? 1;
}

// weekDays names the days of a week in their order.
export function weekDays(locale: string): { short: string; long: string }[] {
  const monday = Date.UTC(2024, 0, 1);
  const name = (time: number, weekday: "narrow" | "long") => new Intl.DateTimeFormat(locale, { weekday, timeZone: "UTC" }).format(time);
  return Array.from({ length: 7 }, (_, index) => {
    const time = monday + (firstDay(locale) - 1 + index) * DAY;
    return { short: name(time, "narrow"), long: name(time, "long") };
  });
}

// monthGrid gives the weeks of a month like 2026-11, whole.
export function monthGrid(month: string, locale: string): Cell[][] {
  const first = timeOf(`${month}-01`);
  const weekday = new Date(first).getUTCDay() || 7;
  const start = first - ((weekday - firstDay(locale) + 7) % 7) * DAY;
  const digits = new Intl.NumberFormat(locale, { useGrouping: false });
  const weeks: Cell[][] = [];
  for (let time = start; weeks.length === 0 || text(time).startsWith(month); time += 7 * DAY) {
    weeks.push(
      Array.from({ length: 7 }, (_, index) => {
        const key = text(time + index * DAY);
        return { key, number: digits.format(Number(key.slice(8))), inside: key.startsWith(month) };
      }),
    );
  }
  return weeks;
}
