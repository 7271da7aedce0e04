// The places where a feature hangs something into screens that it does not own. A feature exports what it hangs; the list of all
// of it is src/app/features.ts. Everything is known before the first paint and never changes.
import type { ComponentType, ReactNode } from "react";
import type { Conversation, EditExtra, Me, Message, SendExtra } from "~/api/types.ts";
import type { PopupPlace } from "~/kit/primitives/PopupMenu.tsx";
import type { ReplyTo, Row } from "~/stream/model.ts";

// How a message stands to whoever looks at it.
export interface RowContext {
  readonly own: boolean;
  readonly fixed: boolean; // nothing can be written into the conversation now
  readonly thread?: boolean; // it stands in the side panel
}

// RowAction is something to do with a message: in the toolbar over it, in the menu "More" and in the sheet of a long press.
export interface RowAction {
  readonly id: string;
  readonly rank: number; // smaller stands first
  readonly icon: ReactNode;
  readonly bar?: boolean; // it has its own button in the toolbar
  readonly danger?: boolean;
  readonly key?: string; // works while the message has the focus, without Ctrl, Alt and Meta; the sheet of shortcuts shows it
  label(): string;
  when(row: Row, context: RowContext): boolean;
  run(row: Row, context: RowContext): void;
}

// RowPart stands with a message: above or below its text, or beside its time. It is drawn for every row, so it answers null
// quickly where it has nothing to show.
export interface RowPart {
  readonly id: string;
  readonly place: "above" | "below" | "meta";
  readonly Part: ComponentType<{ row: Row; own: boolean }>;
}

// Compose is what is being written.
export interface Compose {
  readonly conversation: string;
  readonly thread?: string | undefined; // in whose thread it is said
  readonly place: string; // of the conversation, or of a thread: what is kept of the writing lies under it
  readonly text: string;
  readonly editing: boolean; // an own message is given another text
  caret(): { from: number; to: number };
  replace(from: number, to: number, text: string, select?: { from: number; to: number }): void; // without select the caret goes behind the text
  insert(text: string): void; // at the caret
  send(): void;
  focus(): void;
}

export interface ComposerPart {
  readonly id: string;
  readonly place: "above" | "tool" | "send"; // over the box; among the buttons beside it
  readonly thread?: boolean; // also where one writes in a thread
  readonly Part: ComponentType<{ compose: Compose }>;
}

// ComposerKey may take a key press in the box; true means that nothing else happens.
export interface ComposerKey {
  readonly id: string;
  press(event: KeyboardEvent, compose: Compose): boolean;
  hint?(): string | undefined; // what the line under the box says of the keys, in place of the usual words
}

// ComposerPaste may take what is pasted or dropped; true means that nothing else happens.
export interface ComposerPaste {
  readonly id: string;
  take(data: DataTransfer, compose: Compose): boolean;
}

export interface Completed {
  readonly key: string;
  readonly label: string;
  readonly detail?: string;
  readonly icon?: ReactNode;
  readonly insert: string; // stands for the trigger and what was typed behind it
  chosen?(): void;
}

// Completion offers what a word may become that begins with the trigger.
export interface Completion {
  readonly id: string;
  readonly trigger: string; // one character
  readonly start?: boolean; // only at the beginning of the text
  readonly least?: number; // characters behind the trigger before anything is offered
  find(typed: string, conversation: string): readonly Completed[] | Promise<readonly Completed[]>;
}

// Where something is written: in a conversation, or in a thread of it. What a feature keeps of the writing lies under the place.
export type Where = Pick<Compose, "conversation" | "thread" | "place">;

// SendPart adds to a message that is about to be sent, at once or in another way. Slices that send ask `slots/outgoing.ts`.
export interface SendPart {
  readonly id: string;
  // What goes with a message of this text now; asking changes nothing. `send` goes to the node with it, `row` shows in the page
  // until the node has answered.
  goes(where: Where, text: string): { send: SendExtra; row?: Partial<Message> } | undefined;
  // The message is on its way: what was kept for it is let go.
  gone?(place: string): void;
  // The text of a message for which nothing was written, where it can be sent so.
  alone?(place: string): string | undefined;
  // What goes to the node with another text for a message, of what both kinds of call take.
  edited?(row: Pick<Row, "conversation" | "text" | "mentions">, text: string): EditExtra | undefined;
}

// Outgoing is a message that is ready to go.
export interface Outgoing {
  readonly conversation: string;
  readonly text: string;
  readonly reply?: ReplyTo | undefined;
  readonly send: SendExtra;
  readonly shown: Partial<Message>;
}

// SendWay is a way for a message to go other than at once. Whatever makes messages offers all of them beside its button.
export interface SendWay {
  readonly id: string;
  readonly icon: ReactNode;
  label(): string;
  // send asks at a place of the page for what is missing. `done` is called when the node has the message.
  send(message: () => Outgoing, at: PopupPlace, done: () => void): void;
}

// Panel is a page of the side panel, `?p=id`, with a row on its first page.
export interface Panel {
  readonly id: string;
  readonly rank: number;
  readonly icon: ReactNode;
  title(conversation: Conversation): string;
  note?(conversation: Conversation): string | undefined;
  when(conversation: Conversation): boolean;
  readonly Panel: ComponentType<{ conversation: Conversation }>;
}

export interface HeadPart {
  readonly id: string;
  readonly place: "line" | "tool" | "below"; // in place of the second line, beside the buttons, under the head
  readonly Part: ComponentType<{ conversation: Conversation; usual: ReactNode }>; // usual: what the second line says else
  when?(conversation: Conversation): boolean;
}

// Foot stands in place of the composer while its when holds, which may look at the state of its feature.
export interface Foot {
  readonly id: string;
  when(conversation: Conversation): boolean;
  readonly Foot: ComponentType<{ conversation: Conversation }>;
}

export interface ListAction {
  readonly id: string;
  readonly rank: number;
  readonly icon: ReactNode;
  readonly danger?: boolean;
  label(conversation: Conversation): string;
  when(conversation: Conversation): boolean;
  run(conversation: Conversation): void;
}

// ListMark stands in a row of the list: on the avatar, beside the name, before the badge, or in place of the preview.
export interface ListMark {
  readonly id: string;
  readonly place: "avatar" | "name" | "badge" | "preview";
  readonly Mark: ComponentType<{ conversation: Conversation }>;
  when(conversation: Conversation): boolean;
  hides?(conversation: Conversation): boolean; // the usual tabs leave it out
}

// ListFilter is a tab over the list.
export interface ListFilter {
  readonly id: string;
  readonly rank: number;
  label(): string;
  // Which conversations it shows; undefined hides the tab.
  use(): ((conversation: Conversation) => boolean) | undefined;
}

export interface SettingsPage {
  readonly id: string;
  readonly rank: number;
  readonly icon: ReactNode;
  label(): string;
  readonly Page: ComponentType<{ me: Me }>;
}

// ShellPage is a section of its own beside the rail. Its entry there shows where one is by the first part of the address, or by the
// addresses `at`.
export interface ShellPage {
  readonly id: string;
  readonly path: string; // a pattern of the router
  readonly Page: ComponentType<{ params: Readonly<Record<string, string | undefined>> }>;
  readonly rail?: { readonly rank: number; readonly icon: ReactNode; label(): string; readonly to: string; readonly at?: readonly string[]; readonly Badge?: ComponentType };
}

// Command is a thing to do that the palette offers.
export interface Command {
  readonly id: string;
  readonly keys?: string; // as the sheet of shortcuts shows it
  name(): string;
  when?(conversation: Conversation | undefined): boolean; // the open conversation
  run(go: (to: string) => void, conversation: Conversation | undefined): void;
}

// NamedEmoji draws the emoji that a name between colons stands for, or what is usual where it knows none of that name. With a picture
// it is the emoji that has it, whatever its name is now.
export interface NamedEmoji {
  readonly id: string;
  readonly Part: ComponentType<{ name: string; conversation: string; picture?: string | undefined; usual: ReactNode }>;
}

// EmojiChoice is a picker that offers what a chat has of its own as well. What is chosen is an emoji, or a name between colons with its picture.
export interface EmojiChoice {
  readonly id: string;
  readonly Popup: ComponentType<{ at: Element; conversation: string; onPick(emoji: string, picture?: string): void; onClose(): void }>;
}

export interface Slots {
  readonly rowActions: readonly RowAction[];
  readonly rowParts: readonly RowPart[];
  readonly namedEmoji: readonly NamedEmoji[];
  readonly emojiChoices: readonly EmojiChoice[];
  readonly composerParts: readonly ComposerPart[];
  readonly composerKeys: readonly ComposerKey[];
  readonly composerPastes: readonly ComposerPaste[];
  readonly completions: readonly Completion[];
  readonly sendParts: readonly SendPart[];
  readonly sendWays: readonly SendWay[];
  readonly panels: readonly Panel[];
  readonly headParts: readonly HeadPart[];
  readonly foots: readonly Foot[];
  readonly listActions: readonly ListAction[];
  readonly listMarks: readonly ListMark[];
  readonly listFilters: readonly ListFilter[];
  readonly settingsPages: readonly SettingsPage[];
  readonly pages: readonly ShellPage[];
  readonly commands: readonly Command[];
  readonly overlays: readonly ComponentType[];
}

// What a feature hangs in.
export type Hung = Partial<Slots>;
