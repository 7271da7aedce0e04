// Short names for the generated shapes. Nothing here is written by hand but
// the names: shapes without a name of their own are taken from the operation.
import type { components, paths } from "./generated/schema";

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
export type Conversation = Schemas["Conversation"];
export type Flags = Schemas["Flags"];
export type FlagsChange = NonNullable<paths["/api/v1/conversations/{conversation}/flags"]["patch"]["requestBody"]>["content"]["application/json"];
export type Folder = Schemas["Folder"];
export type NotificationSettings = Schemas["Notifications"];
export type NotificationsChange = Schemas["NotificationsSetRequest"];
export type QuietHours = Schemas["Quiet"];
export type PageSettings = Schemas["Page"];
export type PageChange = Schemas["PageSetRequest"];
export type Me = Schemas["Me"];
export type Message = Schemas["Message"];
// How a page of messages is asked for.
export type MessageQuery = NonNullable<paths["/api/v1/conversations/{conversation}/messages"]["get"]["parameters"]["query"]>;
export type MessageVersion = Item<Got<"/api/v1/conversations/{conversation}/messages/{message}/edits">>;
export type Reaction = NonNullable<Message["reactions"]>[number];
export type Reactor = Item<Got<"/api/v1/conversations/{conversation}/messages/{message}/reactions">>;
export type Pin = Item<Got<"/api/v1/conversations/{conversation}/pins">>;
export type CustomEmoji = Item<Got<"/api/v1/conversations/{conversation}/emoji">>;
export type Star = Item<Got<"/api/v1/stars">>;
// What a message may be sent with besides its text and the message that it answers.
export type SendExtra = Partial<Omit<NonNullable<paths["/api/v1/conversations/{conversation}/messages"]["post"]["requestBody"]>["content"]["application/json"], "text" | "reply_to">>;
// What became of a forwarded message in one conversation.
export type Forward = Schemas["Forward"];
export type Priority = NonNullable<Message["priority"]>;
export type UrgentFrom = Got<"/api/v1/me/urgent">["urgent_from"];
export type Draft = Schemas["Draft"];
export type DraftSaved = Json<paths["/api/v1/conversations/{conversation}/draft"]["put"]["responses"], 200>;
export type Scheduled = Schemas["Scheduled"];
export type Reminder = Schemas["Reminder"];
export type Snippet = Schemas["Snippet"];
export type LinkPreview = Schemas["LinkPreview"];
export type PreviewChoice = Got<"/api/v1/me/previews">;
export type SharedPoll = Schemas["SharedPoll"];
export type Poll = Schemas["Poll"];
export type Voter = Schemas["Voter"];
export type SharedLocation = Schemas["SharedLocation"];
export type ShownLocation = Schemas["ShownLocation"];
export type LocationMoved = Schemas["LocationMoved"];
export type SharedContact = Schemas["SharedContact"];
export type Day = Item<Got<"/api/v1/conversations/{conversation}/days">>;
export type EditExtra = Omit<NonNullable<paths["/api/v1/conversations/{conversation}/messages/{message}"]["put"]["requestBody"]>["content"]["application/json"], "text">;
export type Problem = Schemas["Problem"];
// Every frame of the live stream that this page knows.
export type LiveFrame = Schemas["LiveFrame"];

export type Thread = Got<"/api/v1/conversations/{conversation}/messages/{message}/thread">;
export type FollowedThread = Schemas["Followed"];
export type Mention = NonNullable<Message["mentions"]>[number];

export type Setup = Got<"/api/v1/setup">;
export type Session = Item<Got<"/api/v1/sessions">>;
export type NodeStatus = Got<"/api/v1/admin/node">;
export type Incident = Item<Got<"/api/v1/admin/audit">>;
export type Peer = NodeStatus["peers"][number];
export type NodeAccount = Item<Got<"/api/v1/admin/accounts">>;
export type Kept = Got<"/api/v1/admin/mailboxes">;
export type Mailbox = Item<Got<"/api/v1/me/mailboxes">>;
export type Invite = Item<Got<"/api/v1/admin/invites">>;
export type NewInvite = Json<paths["/api/v1/admin/invites"]["post"]["responses"], 201>;
export type ContactCard = Json<paths["/api/v1/contacts/preview"]["post"]["responses"], 200>;
export type RecoveryKey = Json<paths["/api/v1/me/recovery-key"]["post"]["responses"], 200>;
export type DeliveryState = Message["state"];

export type Group = Schemas["Group"];
export type GroupKind = Exclude<Conversation["kind"], "direct">;
export type Role = Schemas["Member"]["role"];
export type Policy = Schemas["Policy"];
export type Visibility = Group["visibility"];
export type History = Policy["history"];
export type Sync = Schemas["Sync"];
export type SyncNode = NonNullable<Sync["nodes"]>[number];
export type Member = Schemas["Member"];
export type GroupInvite = Item<Got<"/api/v1/conversations/{conversation}/invites">>;
export type InvitePreview = Json<paths["/api/v1/invites/preview"]["post"]["responses"], 200>;
export type Joined = Json<paths["/api/v1/invites/accept"]["post"]["responses"], 200>;
export type JoinRequest = Item<Got<"/api/v1/conversations/{conversation}/requests">>;
export type PublicGroup = Item<Got<"/api/v1/groups">>;
export type Presence = Schemas["Presence"];
export type OwnPresence = Schemas["OwnPresence"];
export type PrivacySettings = Schemas["PrivacySettings"];
export type ConversationPrivacy = Schemas["ConversationPrivacy"];
export type Verification = Schemas["Verification"];
export type SafetyNumber = Schemas["SafetyNumber"];
export type MessageReceipt = Schemas["MessageReceipt"];
export type Happening = Schemas["Happening"];
export type Party = Schemas["Party"];
