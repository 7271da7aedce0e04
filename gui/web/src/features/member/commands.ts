// Reading and changing who is in a group.
import { api, call } from "~/api/http.ts";
import type { JoinRequest, Member, Role } from "~/api/types.ts";
import { dispatch, getState } from "~/stream/store.ts";

const PAGE = 100;
const reading = new Set<string>();

// loadMembers reads the first page of those whose name holds the query.
export async function loadMembers(conversation: string, query: string): Promise<void> {
  dispatch({ type: "members-loading", conversation, query });
  await read(conversation, query, undefined);
}

// loadMore reads on where the list ends.
export async function loadMore(conversation: string): Promise<void> {
  const list = getState().members[conversation];
  if (!list?.next || list.status !== "ready") return;
  await read(conversation, list.query, list.next);
}

async function read(conversation: string, query: string, before: string | undefined): Promise<void> {
  const once = `${conversation} ${before ?? ""} ${query}`;
  if (reading.has(once)) return;
  reading.add(once);
  try {
    dispatch({ type: "members", conversation, query, page: await page(conversation, query, before), before });
  } catch {
    dispatch({ type: "members-failed", conversation, query });
  } finally {
    reading.delete(once);
  }
}

// page reads some members apart from the list that is shown.
export function page(conversation: string, query: string, before?: string): Promise<{ items: Member[]; next?: string }> {
  return call(
    api.GET("/api/v1/conversations/{conversation}/members", {
      params: { path: { conversation }, query: { limit: PAGE, ...(query ? { query } : {}), ...(before ? { before } : {}) } },
    }),
  );
}

export async function add(conversation: string, account: string): Promise<void> {
  const member = await call(
    api.POST("/api/v1/conversations/{conversation}/members", {
      params: { path: { conversation } },
      body: { account, role: "member" },
    }),
  );
  place(conversation, member);
}

export async function setRole(conversation: string, account: string, role: Role): Promise<void> {
  const member = await call(
    api.PUT("/api/v1/conversations/{conversation}/members/{account}", {
      params: { path: { conversation, account } },
      body: { role },
    }),
  );
  place(conversation, member);
}

export async function remove(conversation: string, member: Member): Promise<void> {
  const { account, name } = member;
  await call(
    api.DELETE("/api/v1/conversations/{conversation}/members/{account}", { params: { path: { conversation, account } } }),
  );
  placed(conversation, account, name, "");
}

export async function transfer(conversation: string, account: string): Promise<void> {
  const now = await call(
    api.POST("/api/v1/conversations/{conversation}/transfer", { params: { path: { conversation } }, body: { account } }),
  );
  dispatch({ type: "conversation", conversation: now });
}

export async function listRequests(conversation: string): Promise<readonly JoinRequest[]> {
  return (await call(api.GET("/api/v1/conversations/{conversation}/requests", { params: { path: { conversation } } }))).items;
}

export async function answer(conversation: string, account: string, accepted: boolean): Promise<void> {
  const params = { params: { path: { conversation, account } } };
  await call(
    accepted
      ? api.POST("/api/v1/conversations/{conversation}/requests/{account}/accept", params)
      : api.POST("/api/v1/conversations/{conversation}/requests/{account}/decline", params),
  );
}

function place(conversation: string, { account, name, role }: Member): void {
  placed(conversation, account, name, role);
}

// The stream tells every page of a change; the one that made it need not wait.
function placed(conversation: string, account: string, name: string, role: Role | ""): void {
  dispatch({ type: "member", conversation, change: { account, name, role } });
}
