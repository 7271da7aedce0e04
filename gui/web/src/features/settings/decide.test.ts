import { describe, expect, it } from "vitest";
import type { Conversation, Flags, NotificationSettings } from "~/api/types.ts";
import { conversation, flags } from "~/stream/fixtures/build.ts";
import { isQuiet, shouldNotify, type Heard, type Situation } from "./decide.ts";

const now = new Date("2026-03-01T12:00:00Z"); // a Sunday
const usual: NotificationSettings = { shown: true, sound: true, preview: "all", hours: [], zone: "UTC" };
const pause = { paused_until: "2026-03-01T13:00:00Z" };

interface Case {
  message?: Partial<Heard>;
  flags?: Partial<Flags>;
  chat?: Partial<Conversation>;
  settings?: Partial<NotificationSettings>;
  situation?: Partial<Situation>;
}

const cases: [string, Case, boolean][] = [
  ["a message of another", {}, true],
  ["an own message", { message: { author: "me" } }, false],
  ["a notice", { message: { kind: "notice" } }, false],
  ["what is being looked at", { situation: { looking: true } }, false],
  ["while none are wanted", { settings: { shown: false } }, false],
  ["a request", { chat: { contact: "requested" } }, false],
  ["somebody who is blocked", { chat: { contact: "blocked" } }, false],
  ["a muted chat", { flags: { muted_until: "9999-12-31T23:59:59Z" } }, false],
  ["a mute that is over", { flags: { muted_until: "2026-03-01T11:59:59Z" } }, true],
  ["a mention in a muted chat", { flags: { muted_until: "2026-03-01T13:00:00Z" }, message: { mentions: [{ account: "me" }] } }, false],
  ["an archived chat that is not muted", { flags: { archived: true } }, true],
  ["mentions only, without one", { flags: { notify: "mentions" } }, false],
  ["mentions only, of me", { flags: { notify: "mentions" }, message: { mentions: [{ account: "ben" }, { account: "me" }] } }, true],
  ["mentions only, of all", { flags: { notify: "mentions" }, message: { mentions: [{ word: "all" }] } }, true],
  ["mentions only, of another", { flags: { notify: "mentions" }, message: { mentions: [{ account: "ben" }] } }, false],
  ["nothing, of me", { flags: { notify: "none" }, message: { mentions: [{ account: "me" }] } }, false],
  ["do not disturb", { settings: pause }, false],
  ["a pause that is over", { settings: { paused_until: "2026-03-01T11:00:00Z" } }, true],
  ["urgent in a pause", { settings: pause, message: { urgent: true } }, true],
  ["urgent, to somebody who lets it not pass", { settings: pause, message: { urgent: false } }, false],
  ["urgent in a muted chat", { flags: { muted_until: "2026-03-01T13:00:00Z" }, message: { urgent: true } }, false],
  ["mentions only, urgent", { flags: { notify: "mentions" }, message: { urgent: true } }, true],
  ["nothing, urgent", { flags: { notify: "none" }, message: { urgent: true } }, false],
  ["urgent in quiet hours", { settings: { hours: [{ days: [0], from: "11:00", to: "13:00" }] }, message: { urgent: true } }, true],
  ["quiet hours", { settings: { hours: [{ days: [0], from: "11:00", to: "13:00" }] } }, false],
];

describe("shouldNotify", () => {
  it.each(cases)("%s", (_, { message, flags: kept, chat, settings, situation }, want) => {
    const heard: Heard = { author: "ben", kind: "text", ...message };
    const got = shouldNotify(heard, conversation({ ...chat, flags: flags(kept) }), { ...usual, ...settings }, now, {
      me: "me", looking: false, ...situation,
    });
    expect(got).toBe(want);
  });
});

describe("quiet hours", () => {
  const night = [{ days: [5, 6], from: "22:00", to: "07:30" }]; // Friday and Saturday
  it.each([
    ["before they begin", "2026-02-27T21:59:00Z", "UTC", false],
    ["when they begin", "2026-02-27T22:00:00Z", "UTC", true],
    ["after midnight", "2026-02-28T07:29:00Z", "UTC", true],
    ["when they end", "2026-02-28T07:30:00Z", "UTC", false],
    ["the morning after the last of the days", "2026-03-01T03:00:00Z", "UTC", true],
    ["the evening of another day", "2026-03-01T23:00:00Z", "UTC", false],
    ["where it is later already", "2026-02-27T21:30:00Z", "Europe/Vienna", true],
    ["where it is another day still", "2026-03-01T23:00:00Z", "Pacific/Honolulu", false],
    ["where it is night still", "2026-03-01T09:00:00Z", "Pacific/Honolulu", true],
  ])("%s", (_, at, zone, want) => {
    expect(isQuiet({ ...usual, hours: night, zone }, new Date(at))).toBe(want);
  });

  it("are those of the browser where the zone is unknown", () => {
    const whole = [{ days: [0, 1, 2, 3, 4, 5, 6], from: "00:00", to: "00:00" }];
    expect(isQuiet({ ...usual, hours: whole, zone: "Nowhere/Land" }, now)).toBe(true);
  });
});
