import { api, call } from "~/api/http.ts";
import type { Mailbox } from "~/api/types.ts";

export async function listMailboxes(): Promise<readonly Mailbox[]> {
  return (await call(api.GET("/api/v1/me/mailboxes"))).items;
}

// setMailboxes chooses all of them at once, the first choice first.
export async function setMailboxes(addresses: readonly string[]): Promise<readonly Mailbox[]> {
  return (await call(api.PUT("/api/v1/me/mailboxes", { body: { addresses: [...addresses] } }))).items;
}
