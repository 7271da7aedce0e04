import { describe, expect, it } from "vitest";
import { monthGrid, step, weekDays } from "./month.ts";

describe("a calendar", () => {
  it.each([
    ["2026-11", "en-GB", 6, "2026-10-26"],
    ["2026-11", "en-US", 5, "2026-11-01"],
    ["2026-02", "en-GB", 5, "2026-01-26"],
    ["2027-02", "en-GB", 4, "2027-02-01"],
  ])("%s in %s has %d weeks from %s", (month, locale, weeks, first) => {
    const grid = monthGrid(month, locale);
    expect(grid).toHaveLength(weeks);
    expect(grid[0]?.[0]?.key).toBe(first);
    expect(grid.flat().filter((one) => one.inside)).toHaveLength(new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate());
  });

  it("begins weeks as its readers do", () => {
    expect(weekDays("en-GB")[0]?.long).toBe("Monday");
    expect(weekDays("en-US")[0]?.long).toBe("Sunday");
  });

  it.each([
    ["2026-03-31", { months: -1 }, "2026-02-28"],
    ["2026-12-31", { months: 1 }, "2027-01-31"],
    ["2024-02-28", { days: 1 }, "2024-02-29"],
    ["2026-01-01", { days: -7 }, "2025-12-25"],
  ])("from %s by %j to %s", (day, by, to) => expect(step(day, by)).toBe(to));
});
