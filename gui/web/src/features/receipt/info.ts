// Who has an own message, and who read it.
import { api, call } from "~/api/http.ts";
import type { MessageReceipt } from "~/api/types.ts";

export const readInfo = async (conversation: string, message: string): Promise<readonly MessageReceipt[]> =>
  (await call(api.GET("/api/v1/conversations/{conversation}/messages/{message}/receipts", { params: { path: { conversation, message } } }))).items;

export interface Sorted {
  readonly read: readonly MessageReceipt[]; // who read it last stands first
  readonly delivered: readonly MessageReceipt[];
  readonly waiting: readonly MessageReceipt[];
}

export function sorted(all: readonly MessageReceipt[]): Sorted {
  const byName = (one: MessageReceipt, other: MessageReceipt) => one.name.localeCompare(other.name);
  return {
    read: all.filter((one) => one.read_at !== undefined).sort((one, other) => (other.read_at ?? "").localeCompare(one.read_at ?? "") || byName(one, other)),
    delivered: all.filter((one) => one.read_at === undefined && one.delivered).sort(byName),
    waiting: all.filter((one) => one.read_at === undefined && !one.delivered).sort(byName),
  };
}
