import { api, call } from "~/api/http.ts";
import { begin } from "~/stream/session.ts";
import { clientName } from "./client.ts";

export interface NewAccount {
  name: string;
  passphrase: string;
  displayName: string;
  token: { setup_token: string } | { invite: string };
}

export async function makeAccount(account: NewAccount): Promise<void> {
  const { name, passphrase, displayName, token } = account;
  await call(api.POST("/api/v1/accounts", { body: { name, passphrase, display_name: displayName, ...token } }));
  await begin();
}

export async function logIn(name: string, passphrase: string): Promise<void> {
  await call(api.POST("/api/v1/sessions", { body: { name, passphrase, client: clientName(navigator.userAgent) } }));
  await begin();
}

export async function recover(name: string, recoveryKey: string, passphrase: string): Promise<void> {
  await call(api.POST("/api/v1/recoveries", { body: { name, recovery_key: recoveryKey, passphrase } }));
  await begin();
}
