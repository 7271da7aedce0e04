// What a person can do with a group as a whole. Each command ends with the
// state of the page as the node sees it.
import { api, call } from "~/api/http.ts";
import type { Conversation, GroupKind, History, Policy, Visibility } from "~/api/types.ts";
import { dispatch } from "~/stream/store.ts";

export interface Draft {
  kind: GroupKind;
  name: string;
  description: string;
  picture: string;
  members: readonly string[];
  visibility: Visibility;
  history: History;
}

export async function create(draft: Draft): Promise<Conversation> {
  const { kind, name, description, picture, members, visibility, history } = draft;
  const made = await call(
    api.POST("/api/v1/conversations", {
      body: { kind, name: name.trim(), members: [...members], visibility, history, ...(description.trim() ? { description: description.trim() } : {}) },
    }),
  );
  show(made);
  if (picture) await edit(made.id, { picture }).catch(() => undefined); // the group is there; its picture can be set again
  return made;
}

export interface Face {
  name?: string;
  description?: string;
  picture?: string;
  rules?: string;
}

export async function edit(conversation: string, face: Face): Promise<void> {
  show(await call(api.PATCH("/api/v1/conversations/{conversation}", { params: { path: { conversation } }, body: face })));
}

export async function setPolicy(conversation: string, change: Partial<Policy> & { visibility?: Visibility }): Promise<void> {
  show(await call(api.PUT("/api/v1/conversations/{conversation}/policy", { params: { path: { conversation } }, body: change })));
}

// clear hides on this side what was written up to now.
export async function clear(conversation: string): Promise<void> {
  const params = { params: { path: { conversation } } };
  await call(api.POST("/api/v1/conversations/{conversation}/clear", params));
  dispatch({ type: "conversation-cleared", id: conversation });
  show(await call(api.GET("/api/v1/conversations/{conversation}", params)));
}

// leave goes out of the group; what was read stays readable.
export async function leave(conversation: string, account: string): Promise<void> {
  await call(
    api.DELETE("/api/v1/conversations/{conversation}/members/{account}", { params: { path: { conversation, account } } }),
  );
}

export async function drop(conversation: string, forAll: boolean): Promise<void> {
  await call(
    api.DELETE("/api/v1/conversations/{conversation}", {
      params: { path: { conversation }, query: forAll ? { for: "all" } : {} },
    }),
  );
  if (!forAll) dispatch({ type: "conversation-gone", id: conversation });
}

function show(conversation: Conversation): void {
  dispatch({ type: "conversation", conversation });
}
