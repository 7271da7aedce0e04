// The pages of the panel beside a chat. They stand in the address, so Back
// leads from page to page.

export const PANELS = ["info", "people", "invites", "settings", "sync"] as const;
export type PanelPage = (typeof PANELS)[number];

// panelAt reads the page from the query; a direct chat has only the first.
export function panelAt(search: string, group: boolean): PanelPage | undefined {
  const page = PANELS.find((one) => one === new URLSearchParams(search).get("p"));
  return page !== undefined && !group ? "info" : page;
}
