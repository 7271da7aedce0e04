import { api, call } from "~/api/http.ts";
import type { RecoveryKey, Session } from "~/api/types.ts";
import { end } from "~/stream/session.ts";
import { dispatch } from "~/stream/store.ts";

export async function changePassphrase(old: string, fresh: string): Promise<void> {
  await call(api.PUT("/api/v1/me/passphrase", { body: { old, new: fresh } }));
}

export async function seal(sealed: boolean, passphrase: string): Promise<void> {
  await call(api.PUT("/api/v1/me/sealed", { body: { sealed, passphrase } }));
  dispatch({ type: "me", me: { sealed } });
}

export async function showKey(passphrase: string): Promise<RecoveryKey> {
  const key = await call(api.POST("/api/v1/me/recovery-key", { body: { passphrase } }));
  dispatch({ type: "me", me: { recovery_key: "shown" } });
  return key;
}

export async function confirmKey(group: number, text: string): Promise<void> {
  await call(api.PUT("/api/v1/me/recovery-key", { body: { group, text } }));
  dispatch({ type: "me", me: { recovery_key: "confirmed" } });
}

export async function listSessions(): Promise<readonly Session[]> {
  return (await call(api.GET("/api/v1/sessions"))).items;
}

export async function closeSession(id: string): Promise<void> {
  await call(api.DELETE("/api/v1/sessions/{id}", { params: { path: { id } } }));
}

// leave logs this browser out. What waits in it is forgotten in any case, so
// that nothing of the account stays behind on a shared computer.
export async function leave(): Promise<void> {
  try {
    await closeSession("current");
  } finally {
    end("left");
  }
}
