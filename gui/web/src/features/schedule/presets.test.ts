import { afterEach, expect, test, vi } from "vitest";
import { faultOf, localMoment, localText, remindPresets, sendPresets } from "./presets.ts";

afterEach(() => void vi.unstubAllEnvs());

// presets are given as UTC, for a moment in a zone.
function presets(tz: string, now: string, of = sendPresets): Record<string, string> {
  vi.stubEnv("TZ", tz);
  return Object.fromEntries(of(new Date(now)).map(({ name, at }) => [name, at.toISOString().slice(0, 16)]));
}

test.each([
  // A plain Wednesday: the quarter of an hour is a full one.
  ["UTC", "2026-11-18T10:07:00Z", { today: "2026-11-18T13:15", tomorrow: "2026-11-19T09:00", monday: "2026-11-23T09:00" }],
  ["America/New_York", "2026-11-18T15:07:00Z", { today: "2026-11-18T18:15", tomorrow: "2026-11-19T14:00", monday: "2026-11-23T14:00" }],
  // In Asia it is tomorrow already, and too late for today.
  ["Asia/Tokyo", "2026-11-18T12:30:00Z", { tomorrow: "2026-11-19T00:00", monday: "2026-11-23T00:00" }],
  ["Asia/Kolkata", "2026-11-18T04:00:00Z", { today: "2026-11-18T07:00", tomorrow: "2026-11-19T03:30", monday: "2026-11-23T03:30" }],
  // The night in which clocks go forward and back.
  ["Europe/Berlin", "2026-03-28T11:00:00Z", { today: "2026-03-28T14:00", tomorrow: "2026-03-29T07:00", monday: "2026-03-30T07:00" }],
  ["Europe/Berlin", "2026-10-24T10:00:00Z", { today: "2026-10-24T13:00", tomorrow: "2026-10-25T08:00", monday: "2026-10-26T08:00" }],
  // Three hours are three hours, also while the clock jumps.
  ["America/New_York", "2026-03-08T05:30:00Z", { today: "2026-03-08T08:30", tomorrow: "2026-03-09T13:00" }],
  // Half an hour of summer time, at the other end of the world.
  ["Australia/Lord_Howe", "2026-10-03T01:00:00Z", { today: "2026-10-03T04:00", tomorrow: "2026-10-03T22:00", monday: "2026-10-04T22:00" }],
  // On Mondays the next one is meant, on Sundays it is tomorrow.
  ["UTC", "2026-11-23T08:00:00Z", { today: "2026-11-23T11:00", tomorrow: "2026-11-24T09:00", monday: "2026-11-30T09:00" }],
  ["UTC", "2026-11-22T08:00:00Z", { today: "2026-11-22T11:00", tomorrow: "2026-11-23T09:00" }],
  // The last evening of a year.
  ["UTC", "2026-12-31T20:00:00Z", { tomorrow: "2027-01-01T09:00", monday: "2027-01-04T09:00" }],
])("presets in %s at %s", (tz, now, want) => {
  expect(presets(tz, now)).toEqual(want);
});

test("reminders begin sooner", () => {
  expect(presets("UTC", "2026-11-18T10:07:00Z", remindPresets)).toMatchObject({ soon: "2026-11-18T10:27", hour: "2026-11-18T11:07" });
});

test("a time is read as the clock on the wall says", () => {
  vi.stubEnv("TZ", "Europe/Berlin");
  expect(localMoment("2026-07-01T12:00")?.toISOString()).toBe("2026-07-01T10:00:00.000Z");
  expect(localMoment("2026-12-01T12:00")?.toISOString()).toBe("2026-12-01T11:00:00.000Z");
  expect(localText(new Date("2026-12-01T11:05:00Z"))).toBe("2026-12-01T12:05");
  // An hour that is left out becomes the one behind it, and shows as that.
  const skipped = localMoment("2026-03-29T02:30");
  expect(skipped && localText(skipped)).toBe("2026-03-29T03:30");
  expect(localMoment("soon")).toBeUndefined();
});

test("a moment lies ahead, within a year", () => {
  const now = new Date("2026-11-18T10:00:00Z");
  expect(faultOf(undefined, now)).toBe("none");
  expect(faultOf(now, now)).toBe("past");
  expect(faultOf(new Date("2026-11-18T10:01:00Z"), now)).toBeUndefined();
  expect(faultOf(new Date("2027-11-18T10:00:00Z"), now)).toBeUndefined();
  expect(faultOf(new Date("2027-11-20T10:00:00Z"), now)).toBe("far");
});
