// The places where a feature hangs something into screens that it does not own. A feature exports what it hangs; the list of all
// of it is src/app/features.ts. Everything is known before the first paint and never changes.
import type { ComponentType, ReactNode } from "react";
import type { Conversation, EditExtra, Me, Message, SendExtra } from "~/api/types.ts";
import type { Row } from "~/stream/model.ts";

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

// SendPart adds to a message that is about to be sent. It is asked once for a message, when the person sends it.
export interface SendPart {
  readonly id: string;
  readonly thread?: boolean; // also to what is said in a thread
  // `send` goes to the node with the message, `row` shows in the page until the node has answered.
  take(conversation: string, text: string): { send: SendExtra; row?: Partial<Message> } | undefined;
  // The text of a message for which nothing was written, where it can be sent so.
  alone?(conversation: string): string | undefined;
  // What goes to the node with another text for a message, of what both kinds of call take.
  edited?(row: Row, text: string): EditExtra | undefined;
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

// ShellPage is a section of its own beside the rail.
export interface ShellPage {
  readonly id: string;
  readonly path: string; // a pattern of the router
  readonly Page: ComponentType<{ params: Readonly<Record<string, string | undefined>> }>;
  readonly rail?: { readonly rank: number; readonly icon: ReactNode; label(): string; readonly to: string; readonly Badge?: ComponentType };
}

// Command is a thing to do that the palette offers.
export interface Command {
  readonly id: string;
  readonly keys?: string; // as the sheet of shortcuts shows it
  name(): string;
  when?(conversation: Conversation | undefined): boolean; // the open conversation
  run(go: (to: string) => void, conversation: Conversation | undefined): void;
}

// NamedEmoji draws the emoji that a name between colons stands for, or what is usual where it knows none of that name.
export interface NamedEmoji {
  readonly id: string;
  readonly Part: ComponentType<{ name: string; conversation: string; usual: ReactNode }>;
}

export interface Slots {
  readonly rowActions: readonly RowAction[];
  readonly rowParts: readonly RowPart[];
  readonly namedEmoji: readonly NamedEmoji[];
  readonly composerParts: readonly ComposerPart[];
  readonly composerKeys: readonly ComposerKey[];
  readonly composerPastes: readonly ComposerPaste[];
  readonly completions: readonly Completion[];
  readonly sendParts: readonly SendPart[];
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
