// What a person can do with a safety number. The live stream brings what comes of it.
import { api, call } from "~/api/http.ts";
import { changeSlice } from "~/stream/store.ts";
import { verifications } from "../state.ts";

const of = (acct: string) => ({ params: { path: { acct } } });

export const readNumber = (acct: string) => call(api.GET("/api/v1/contacts/{acct}/verification", of(acct)));

export async function confirm(acct: string, compared: { number: string } | { code: string }): Promise<void> {
  const now = await call(api.PUT("/api/v1/contacts/{acct}/verification", { ...of(acct), body: compared }));
  changeSlice(verifications, (known) => ({ ...known, [acct]: now }));
}

export async function takeBack(acct: string): Promise<void> {
  await call(api.DELETE("/api/v1/contacts/{acct}/verification", of(acct)));
  changeSlice(verifications, ({ [acct]: _, ...others }) => others);
}

// groups splits the digits as people read them out: 12 groups of 5.
export function groups(number: string): string[] {
  return number.match(/\d{5}/g) ?? [];
}
