import { api, call } from "~/api/http.ts";
import type { Incident, Invite, Kept, NewInvite, NodeAccount, NodeStatus } from "~/api/types.ts";

export function readNode(): Promise<NodeStatus> {
  return call(api.GET("/api/v1/admin/node"));
}

export function readKept(): Promise<Kept> {
  return call(api.GET("/api/v1/admin/mailboxes"));
}

export async function listIncidents(): Promise<readonly Incident[]> {
  return (await call(api.GET("/api/v1/admin/audit"))).items;
}

export async function listAccounts(): Promise<readonly NodeAccount[]> {
  return (await call(api.GET("/api/v1/admin/accounts"))).items;
}

export async function suspend(acct: string, suspended: boolean, reason: string): Promise<void> {
  await call(
    api.PUT("/api/v1/admin/accounts/{acct}/suspended", {
      params: { path: { acct } },
      body: suspended ? { suspended, reason } : { suspended },
    }),
  );
}

export async function listInvites(): Promise<readonly Invite[]> {
  return (await call(api.GET("/api/v1/admin/invites"))).items;
}

export function makeInvite(days: number, uses: number): Promise<NewInvite> {
  return call(api.POST("/api/v1/admin/invites", { body: { expires_in: days * 86_400, max_uses: uses } }));
}

export async function deleteInvite(id: string): Promise<void> {
  await call(api.DELETE("/api/v1/admin/invites/{id}", { params: { path: { id } } }));
}
