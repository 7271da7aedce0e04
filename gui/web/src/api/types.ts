// Short names for the generated shapes. Nothing here is written by hand but
// the names: shapes without a name of their own are taken from the operation.
import type { components, paths } from "./generated/schema";
import type * as Groups from "./groups.ts";

type Json<Responses, Status extends number> = Responses extends Record<
  Status,
  { content: { "application/json": infer Body } }
>
  ? Body
  : never;

type Got<Path extends keyof paths> = paths[Path] extends { get: { responses: infer R } } ? Json<R, 200> : never;
type Item<Page> = Page extends { items: (infer One)[] } ? One : never;

type Schemas = components["schemas"];
export type Account = Schemas["Account"];
export type Contact = Schemas["Contact"];
export type Conversation = Groups.Conversation;
export type Me = Schemas["Me"];
export type Message = Groups.Message;
export type Problem = Schemas["Problem"];
// Every frame of the live stream that this page knows.
export type LiveFrame = Groups.LiveFrame;

export type Setup = Got<"/api/v1/setup">;
export type Session = Item<Got<"/api/v1/sessions">>;
export type NodeStatus = Got<"/api/v1/admin/node">;
export type Peer = NodeStatus["peers"][number];
export type NodeAccount = Item<Got<"/api/v1/admin/accounts">>;
export type Invite = Item<Got<"/api/v1/admin/invites">>;
export type NewInvite = Json<paths["/api/v1/admin/invites"]["post"]["responses"], 201>;
export type ContactCard = Json<paths["/api/v1/contacts/preview"]["post"]["responses"], 200>;
export type RecoveryKey = Json<paths["/api/v1/me/recovery-key"]["post"]["responses"], 200>;
export type DeliveryState = Message["state"];

export type Group = Groups.Group;
export type GroupKind = Groups.GroupKind;
export type Role = Groups.Role;
export type Policy = Groups.Policy;
export type Visibility = Groups.Visibility;
export type History = Groups.History;
export type Sync = Groups.Sync;
export type SyncNode = Groups.SyncNode;
export type Member = Groups.Member;
export type GroupInvite = Groups.GroupInvite;
export type InvitePreview = Groups.InvitePreview;
export type Joined = Groups.Joined;
export type JoinRequest = Groups.JoinRequest;
export type PublicGroup = Groups.PublicGroup;
