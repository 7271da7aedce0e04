// What the page knows. One immutable value, changed only by the reducer.
import type { Full } from "~/api/http.ts";
import type { Contact, Conversation, Me, Message } from "~/api/types.ts";
import type { SliceState } from "./slices.ts";
import type { MemberChange, MemberList, MemberPage } from "./members.ts";

// ReplyTo is the message that another one answers, as far as the page needs it
// to show that.
export type ReplyTo = NonNullable<Message["reply_to"]>;

// A message in the page. `key` stays the same from the moment of writing
// until the node has named the message and after, so its row never remounts.
export interface Row extends Omit<Message, "state"> {
  readonly key: string;
  // queued: only in this browser. refused: the node will not take it.
  readonly state: Message["state"] | "queued" | "refused";
  readonly late?: boolean; // it came when what stands behind it was there already
}

// placeOf names the list in which a message stands: its conversation, or its thread.
export function placeOf({ conversation, thread }: { conversation: string; thread?: string | undefined }): string {
  return thread === undefined ? conversation : `${conversation}/${thread}`;
}

export interface Timeline {
  readonly keys: readonly string[]; // oldest first
  readonly next: string | undefined; // where older messages go on; undefined at the beginning
  readonly newer: string | undefined; // where newer ones go on; undefined at the end, where live ones come in
  readonly edges: Readonly<Record<string, Edge>>; // by key, of rows at which a page began or ended
  readonly total: number; // how many ordinals the conversation has, as far as is known
  readonly passed: number; // how many live messages came that are not among the keys
  readonly late: readonly string[]; // ids of messages that came late and that nobody went to yet, in the order in which they came
  readonly status: "loading" | "ready" | "error";
  readonly stale: boolean; // something may have been missed
  readonly gaps: number; // how often that was said
  readonly asked: Asked | undefined; // a page is being read
}

// Edge is where a page that was read goes on: the window of rows is cut at edges only, and goes on there.
export interface Edge {
  readonly older?: string; // above the row
  readonly newer?: string; // below it
}

// Asked is how things were when a page was asked for: the answer knows nothing
// of what came since.
export interface Asked {
  readonly gaps: number;
  readonly passed: number;
  readonly rows: Readonly<Record<string, Row>>;
}

export type Link = "connecting" | "open" | "lost";

export interface State {
  readonly me: Me | undefined;
  readonly signedOut: undefined | "never" | "left" | "revoked" | "locked";
  readonly loaded: boolean; // the lists below hold what the node holds
  readonly contacts: Readonly<Record<string, Contact>>;
  readonly conversations: Readonly<Record<string, Conversation>>;
  readonly timelines: Readonly<Record<string, Timeline>>; // by place
  readonly members: Readonly<Record<string, MemberList>>; // by conversation
  readonly rows: Readonly<Record<string, Row>>; // by key
  readonly keyOf: Readonly<Record<string, string>>; // message id → key
  readonly link: Link;
  readonly answering: boolean; // false: the last call found no node
  readonly full: Full | undefined; // why the node keeps nothing new
  readonly sessionsChanged: number; // grows when the list of sessions changed
  readonly unknownFrames: readonly string[]; // types this page does not know
  readonly slices: Readonly<Record<string, unknown>>; // by name; see slices.ts
}

export const emptyState: State = {
  me: undefined,
  signedOut: undefined,
  loaded: false,
  contacts: {},
  conversations: {},
  timelines: {},
  members: {},
  rows: {},
  keyOf: {},
  link: "connecting",
  answering: true,
  full: undefined,
  sessionsChanged: 0,
  unknownFrames: [],
  slices: {},
};

// A frame as it came over the stream; the reducer knows the types.
export interface Frame {
  readonly seq: number;
  readonly type: string;
  readonly data: unknown;
}

export interface Page {
  readonly items: readonly Message[];
  readonly next?: string | undefined;
  readonly newer?: string | undefined;
  readonly total?: number | undefined;
}

// How a page was asked for: the newest one, the one above what is there, the one below it, or another stretch in its place.
export type PageHow = "newest" | "older" | "newer" | "window";

export type Action =
  | { type: "frame"; frame: Frame }
  | { type: "snapshot"; me: Me; contacts: readonly Contact[]; conversations: readonly Conversation[] }
  | { type: "signed-out"; why: NonNullable<State["signedOut"]> }
  | { type: "link"; link: Link }
  | { type: "answering"; answering: boolean }
  | { type: "full"; full: Full | undefined }
  | { type: "me"; me: Partial<Me> }
  | { type: "contact"; contact: Contact }
  | { type: "contact-gone"; acct: string }
  | { type: "conversation"; conversation: Conversation }
  | { type: "conversation-gone"; id: string }
  | { type: "conversation-cleared"; id: string }
  | { type: "member"; conversation: string; change: MemberChange }
  | { type: "members-loading"; conversation: string; query: string }
  | { type: "members-failed"; conversation: string; query: string }
  | { type: "members"; conversation: string; query: string; page: MemberPage; before: string | undefined }
  | { type: "missed" }
  | { type: "page-loading"; conversation: string }
  | { type: "page-failed"; conversation: string }
  | { type: "page"; conversation: string; page: Page; how: PageHow }
  | { type: "late-seen"; conversation: string; ids: readonly string[] }
  | { type: "trim"; conversation: string; side: "above" | "below" }
  | { type: "write"; key: string; conversation: string; text: string; at: string; author: string; reply_to?: ReplyTo; shown?: Partial<Message> }
  | { type: "write-state"; key: string; state: "queued" | "sending" | "refused"; reason?: string }
  | { type: "retry-failed"; key: string; reason: string | undefined }
  | { type: "accepted"; key: string; id: string }
  | { type: "discard"; key: string }
  | { type: "back"; row: Row; behind: string | undefined }
  | { type: "slice"; slice: SliceState<unknown>; change(part: unknown): unknown };
