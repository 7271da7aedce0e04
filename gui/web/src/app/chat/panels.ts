// The pages of the panel beside a chat. They stand in the address, so Back
// leads from page to page.

import type { Conversation } from "~/api/types.ts";
import { slots } from "~/slots/slots.ts";
import type { Panel } from "~/slots/types.ts";

export const PANELS = ["info", "people", "invites", "settings", "sync"] as const;
export type PanelPage = string;

// hungAt finds the page that a feature hangs in.
export function hungAt(page: PanelPage | undefined, conversation: Conversation): Panel | undefined {
  return slots("panels").find((one) => one.id === page && one.when(conversation));
}

// panelAt reads the page from the query; of ours a direct chat has only the first.
export function panelAt(search: string, conversation: Conversation): PanelPage | undefined {
  const asked = new URLSearchParams(search).get("p") ?? undefined;
  if (hungAt(asked, conversation)) return asked;
  const page = PANELS.find((one) => one === asked);
  return page !== undefined && !conversation.group ? "info" : page;
}
