// What a person may paste or scan: a link of two forms, or an address.
export type Invitation = { link: string } | { address: string };

// readInvitation trims what people paste around it, nothing inside. It only
// sorts; the node decides what is valid.
export function readInvitation(typed: string): Invitation | undefined {
  const text = typed.trim();
  if (/^conclave:i\/\S+$/.test(text) || /^https?:\/\/\S+\/i#\S+$/.test(text)) return { link: text };
  if (/^[^\s@/]+@[^\s@/]+$/.test(text)) return { address: text };
  return undefined;
}
