// Whether a message is worth a notification. Pure: everything that counts is given.
import type { Conversation, Message, NotificationSettings } from "~/api/types.ts";

// Heard is what of a message counts here. The node says whether it is urgent from somebody who may disturb.
export interface Heard extends Pick<Message, "author" | "kind" | "urgent"> {
  readonly mentions?: readonly { readonly account?: string; readonly word?: string }[];
}

export interface Situation {
  readonly me: string;
  readonly looking: boolean; // some page shows the conversation, visible and focused
}

// shouldNotify says yes to a new message of another, unless the account does not want to be told of it now.
export function shouldNotify(message: Heard, conversation: Conversation, settings: NotificationSettings, now: Date, { me, looking }: Situation): boolean {
  const { flags } = conversation;
  if (!settings.shown || looking || message.kind !== "text" || message.author === me) return false;
  if (conversation.contact === "requested" || conversation.contact === "blocked") return false;
  if (flags.muted_until !== undefined && Date.parse(flags.muted_until) > now.getTime()) return false;
  const urgent = message.urgent === true;
  if (isQuiet(settings, now) && !urgent) return false;
  if (flags.notify === "all") return true;
  const meant = message.mentions?.some(({ account, word }) => account === me || word !== undefined) ?? false;
  return flags.notify === "mentions" && (meant || urgent);
}

// isQuiet tells whether the account does not want to be disturbed now.
export function isQuiet(settings: NotificationSettings, now: Date): boolean {
  if (settings.paused_until !== undefined && Date.parse(settings.paused_until) > now.getTime()) return true;
  if (settings.hours.length === 0) return false;
  const { day, minute } = clockAt(now, settings.zone);
  return settings.hours.some(({ days, from, to }) => {
    const begin = minutes(from);
    const end = minutes(to);
    if (begin < end) return days.includes(day) && minute >= begin && minute < end;
    return (days.includes(day) && minute >= begin) || (days.includes((day + 6) % 7) && minute < end);
  });
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

// clockAt gives the day of the week, 0 for Sunday, and the minute of the day in a time zone; in the browser's where it knows no
// such zone.
function clockAt(now: Date, zone: string): { day: number; minute: number } {
  try {
    const format = new Intl.DateTimeFormat("en-US", { timeZone: zone || undefined, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const part = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]));
    return { day: DAYS.indexOf(part["weekday"] ?? ""), minute: Number(part["hour"]) * 60 + Number(part["minute"]) };
  } catch {
    return { day: now.getDay(), minute: now.getHours() * 60 + now.getMinutes() };
  }
}

function minutes(clock: string): number {
  const [hours = 0, rest = 0] = clock.split(":").map(Number);
  return hours * 60 + rest;
}
