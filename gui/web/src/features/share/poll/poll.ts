// What a person does with polls, and what follows from their numbers.
import { api, call } from "~/api/http.ts";
import type { Poll, SharedPoll, Voter } from "~/api/types.ts";
import type { Outgoing, Where } from "~/slots/types.ts";

export const MOST_OPTIONS = 12;
const OPTION_BYTES = 200;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type Fault = "long" | "same";

// faults tells of each option why it cannot be sent; empty ones are left out when it is.
export function faults(options: readonly string[]): (Fault | undefined)[] {
  const texts = options.map((one) => one.trim());
  return texts.map((text, at) => {
    if (new TextEncoder().encode(text).length > OPTION_BYTES) return "long";
    return text !== "" && texts.indexOf(text) < at ? "same" : undefined;
  });
}

export function pollMessage({ conversation, thread }: Where, text: string, poll: SharedPoll): Outgoing {
  const options = poll.options.map((option) => ({ text: option, count: 0 }));
  const said = thread === undefined ? {} : { thread };
  return { conversation, text, send: { ...said, poll }, shown: { ...said, poll: { ...poll, options, voters: 0 } } };
}

const route = "/api/v1/conversations/{conversation}/messages/{message}";

export async function vote(conversation: string, message: string, options: readonly number[]): Promise<void> {
  await call(api.POST(`${route}/votes`, { params: { path: { conversation, message } }, body: { options: [...options] } }));
}

export async function end(conversation: string, message: string): Promise<void> {
  await call(api.POST(`${route}/close`, { params: { path: { conversation, message } } }));
}

export async function votersOf(conversation: string, message: string, before: string | undefined): Promise<{ items: readonly Voter[]; next?: string | undefined }> {
  const query = before === undefined ? {} : { before };
  return call(api.GET(`${route}/votes`, { params: { path: { conversation, message }, query } }));
}

export const mine = ({ options }: Poll): number[] => options.flatMap((one, at) => (one.mine ? [at] : []));

// shareOf is which part of the voters chose an option.
export const shareOf = ({ voters }: Poll, count: number): number => (voters === 0 ? 0 : count / voters);

export const isOver = ({ closed, ends_at }: Poll, now: number): boolean => closed === true || (ends_at !== undefined && Date.parse(ends_at) < now);

// timeLeft is how long a poll goes on, in the largest unit that fits.
export function timeLeft(endsAt: string, now: number): { unit: "minutes" | "hours" | "days"; count: number } {
  const left = Math.max(MINUTE, Date.parse(endsAt) - now);
  if (left < HOUR) return { unit: "minutes", count: Math.ceil(left / MINUTE) };
  if (left < 2 * DAY) return { unit: "hours", count: Math.round(left / HOUR) };
  return { unit: "days", count: Math.round(left / DAY) };
}
