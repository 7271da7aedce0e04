// Links into a group, and coming in by one.
import { api, call } from "~/api/http.ts";
import type { GroupInvite, InvitePreview, Joined, PublicGroup } from "~/api/types.ts";
import { dispatch } from "~/stream/store.ts";

export async function listInvites(conversation: string): Promise<readonly GroupInvite[]> {
  return (await call(api.GET("/api/v1/conversations/{conversation}/invites", { params: { path: { conversation } } }))).items;
}

export interface Bounds {
  expires_in: number; // seconds; 0 never ends
  max_uses: number; // 0 has no limit
  approval: boolean;
}

export function makeInvite(conversation: string, bounds: Bounds): Promise<GroupInvite> {
  return call(api.POST("/api/v1/conversations/{conversation}/invites", { params: { path: { conversation } }, body: bounds }));
}

export async function revoke(conversation: string, invite: string): Promise<void> {
  await call(api.DELETE("/api/v1/conversations/{conversation}/invites/{invite}", { params: { path: { conversation, invite } } }));
}

// preview tells what a link leads to. Nobody in the group is told.
export function preview(link: string): Promise<InvitePreview> {
  return call(api.POST("/api/v1/invites/preview", { body: { link } }));
}

export async function accept(link: string, rulesAccepted: boolean): Promise<Joined> {
  return arrived(await call(api.POST("/api/v1/invites/accept", { body: { link, ...(rulesAccepted ? { rules_accepted: true } : {}) } })));
}

export async function findGroups(query: string): Promise<readonly PublicGroup[]> {
  return (await call(api.GET("/api/v1/groups", { params: { query: query ? { query } : {} } }))).items;
}

export async function join(group: string, rulesAccepted: boolean): Promise<Joined> {
  const params = { params: { path: { group } }, body: rulesAccepted ? { rules_accepted: true } : {} };
  return arrived(await call(api.POST("/api/v1/groups/{group}/join", params)));
}

// arrived brings the chat into the list before somebody goes there.
async function arrived(joined: Joined): Promise<Joined> {
  if (joined.state !== "joined") return joined;
  const conversation = await call(
    api.GET("/api/v1/conversations/{conversation}", { params: { path: { conversation: joined.conversation } } }),
  ).catch(() => undefined); // the stream brings it a moment later
  if (conversation) dispatch({ type: "conversation", conversation });
  return joined;
}
