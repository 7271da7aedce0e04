// The keys that work everywhere in the page.
import type { Conversation } from "~/api/types.ts";

export type Shortcut =
  | { does: "palette" | "sheet" }
  | { does: "go"; to: string }
  | { does: "chat"; step: 1 | -1; unread: boolean };

type Keys = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

export function readShortcut(event: Keys, focus: Element | null): Shortcut | undefined {
  const mod = event.ctrlKey || event.metaKey;
  if (document.querySelector("dialog[open]")) return undefined;
  if (mod && !event.altKey) return withMod(event);
  if (event.altKey && !mod && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    // In a text these keys move the caret on some systems.
    if (holdsText(focus)) return undefined;
    return { does: "chat", step: event.key === "ArrowUp" ? -1 : 1, unread: event.shiftKey };
  }
  if (event.key === "?" && !mod && !event.altKey && !isTextField(focus)) return { does: "sheet" };
  return undefined;
}

function withMod({ key, shiftKey }: Keys): Shortcut | undefined {
  if (key.toLowerCase() === "k") return shiftKey ? { does: "go", to: "/contacts/add" } : { does: "palette" };
  if (shiftKey) return undefined;
  if (key === ",") return { does: "go", to: "/settings/account" };
  if (key === "/") return { does: "sheet" };
  return undefined;
}

function isTextField(element: Element | null): element is HTMLInputElement | HTMLTextAreaElement {
  return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
}

function holdsText(element: Element | null): boolean {
  return isTextField(element) && element.value !== "";
}

// neighbour gives the chat before or after the open one in the list.
export function neighbour(
  chats: readonly Conversation[],
  open: string | undefined,
  step: 1 | -1,
  unreadOnly: boolean,
): string | undefined {
  const at = chats.findIndex((one) => one.id === open);
  for (let index = at < 0 && step < 0 ? chats.length - 1 : at + step; index >= 0 && index < chats.length; index += step) {
    const chat = chats[index];
    if (chat && (!unreadOnly || chat.unread > 0)) return chat.id;
  }
  return undefined;
}
