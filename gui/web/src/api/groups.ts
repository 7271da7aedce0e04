// The shapes and paths of groups, by hand until the node's own document has
// them. Only types.ts and http.ts may import this file: the day the document
// holds groups, it goes and those two read the generated names.
import type { components } from "./generated/schema";

type Schemas = components["schemas"];

export type Role = "member" | "moderator" | "admin" | "owner";
export type GroupKind = "group" | "channel";
export type Visibility = "public" | "private" | "secret";
export type History = "none" | "since" | "all";

export interface Policy {
  send: Role;
  add: Role;
  edit: Role;
  pin: Role;
  invite: Role;
  slow_mode: number; // seconds
  announcement: boolean;
  history: History;
  since?: string;
  max_members: number;
}

export interface Group {
  description: string;
  picture: string; // a data URL, or ""
  rules: string;
  visibility: Visibility;
  role: Role | ""; // "" once out
  members: number;
  state: "joining" | "joined" | "left" | "removed" | "deleted";
  policy: Policy;
}

export interface SyncNode {
  peer: string;
  connected: boolean;
  state: "in_sync" | "behind" | "unknown";
  behind: number;
  last_seen?: string;
}

export interface Sync {
  state: "in_sync" | "behind" | "unknown";
  behind: number;
  nodes?: SyncNode[]; // absent when all members are on this node
}

type Direct = Schemas["Conversation"];

export interface Conversation extends Pick<Direct, "id" | "name" | "unread" | "updated_at"> {
  kind: "direct" | GroupKind;
  with?: string;
  contact?: Direct["contact"];
  node?: Direct["node"];
  last?: Schemas["Last"] & { author_name?: string };
  group?: Group;
  sync?: Sync;
}

export interface Message extends Omit<Schemas["Message"], never> {
  author_name?: string;
}

export interface Member {
  account: string;
  name: string;
  role: Role;
  local: boolean;
  connected: boolean;
}

export interface GroupInvite {
  id: string;
  link?: string;
  expires_at?: string;
  max_uses: number;
  uses: number;
  approval: boolean;
  by: string;
  created_at: string;
}

export interface InvitePreview {
  conversation: string;
  kind: GroupKind;
  name: string;
  description: string;
  picture: string;
  rules: string;
  members: number;
  approval: boolean;
  joined: boolean;
  by_name: string;
}

export interface Joined {
  conversation: string;
  state: "joined" | "asked";
}

export interface JoinRequest {
  account: string;
  name: string;
  at: string;
  invite: string;
}

export interface PublicGroup {
  id: string;
  kind: GroupKind;
  name: string;
  description: string;
  picture: string;
  members: number;
  joined: boolean;
}

interface NewGroup {
  kind: GroupKind;
  name: string;
  members: string[];
  description?: string;
  visibility?: Visibility;
  history?: History;
}

export type LiveFrame =
  | Exclude<Schemas["LiveFrame"], { type: "conversation" | "message" }>
  | { seq: number; type: "conversation"; data: Conversation }
  | { seq: number; type: "message"; data: Message }
  | { seq: number; type: "conversation.deleted"; data: { id: string } }
  | { seq: number; type: "member"; data: { conversation: string; account: string; name: string; role: Role | "" } };

// Operations in the form of the generated ones.
type Known = "conversation" | "account" | "invite" | "group";
interface Op<Path extends Known, Body, Status extends number, Answer, Query = never> {
  parameters: [Path] extends [never] ? { path?: never } : { path: Record<Path, string>; query?: Query };
  requestBody: [Body] extends [never] ? never : { content: { "application/json": Body } };
  responses: { [Code in Status]: { content: [Answer] extends [never] ? never : { "application/json": Answer } } };
}
type Read<Path extends Known, Answer, Query = never> = Omit<Op<Path, never, 200, Answer, Query>, "requestBody">;
type Do<Path extends Known, Status extends number, Answer> = Omit<Op<Path, never, Status, Answer>, "requestBody">;
type Page = { before?: string; limit?: number; query?: string };

export interface GroupPaths {
  "/api/v1/conversations": {
    get: { parameters: { query?: never }; responses: { 200: { content: { "application/json": { items: Conversation[] } } } } };
    post: Op<never, NewGroup, 201, Conversation>;
  };
  "/api/v1/conversations/{conversation}": {
    get: Read<"conversation", Conversation>;
    patch: Op<"conversation", { name?: string; description?: string; picture?: string; rules?: string }, 200, Conversation>;
    delete: Omit<Op<"conversation", never, 204, never, { for?: "all" }>, "requestBody">;
  };
  "/api/v1/conversations/{conversation}/messages": {
    get: Read<"conversation", { items: Message[]; next?: string }, { before?: string; limit?: number }>;
    post: {
      parameters: { path: { conversation: string }; header?: { "Idempotency-Key"?: string } };
      requestBody: { content: { "application/json": { text: string } } };
      responses: { 202: { content: { "application/json": { id: string } } } };
    };
  };
  "/api/v1/conversations/{conversation}/policy": {
    put: Op<"conversation", Partial<Policy> & { visibility?: Visibility }, 200, Conversation>;
  };
  "/api/v1/conversations/{conversation}/clear": { post: Do<"conversation", 204, never> };
  "/api/v1/conversations/{conversation}/transfer": { post: Op<"conversation", { account: string }, 200, Conversation> };
  "/api/v1/conversations/{conversation}/members": {
    get: Read<"conversation", { items: Member[]; next?: string }, Page>;
    post: Op<"conversation", { account: string; role: Role }, 201, Member>;
  };
  "/api/v1/conversations/{conversation}/members/{account}": {
    put: Op<"conversation" | "account", { role: Role }, 200, Member>;
    delete: Do<"conversation" | "account", 204, never>;
  };
  "/api/v1/conversations/{conversation}/invites": {
    get: Read<"conversation", { items: GroupInvite[] }>;
    post: Op<"conversation", { expires_in: number; max_uses: number; approval: boolean }, 201, GroupInvite>;
  };
  "/api/v1/conversations/{conversation}/invites/{invite}": { delete: Do<"conversation" | "invite", 204, never> };
  "/api/v1/conversations/{conversation}/requests": { get: Read<"conversation", { items: JoinRequest[] }> };
  "/api/v1/conversations/{conversation}/requests/{account}/accept": { post: Do<"conversation" | "account", 204, never> };
  "/api/v1/conversations/{conversation}/requests/{account}/decline": { post: Do<"conversation" | "account", 204, never> };
  "/api/v1/invites/preview": { post: Op<never, { link: string }, 200, InvitePreview> };
  "/api/v1/invites/accept": { post: Op<never, { link: string; rules_accepted?: boolean }, 200, Joined> };
  "/api/v1/groups": {
    get: {
      parameters: { query?: { query?: string } };
      responses: { 200: { content: { "application/json": { items: PublicGroup[] } } } };
    };
  };
  "/api/v1/groups/{group}/join": { post: Op<"group", { rules_accepted?: boolean }, 200, Joined> };
}
