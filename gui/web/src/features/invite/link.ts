// readGroupLink gives the link in what a person pasted or scanned, if it
// leads into a group. It only sorts; the node decides what is valid.
export function readGroupLink(typed: string): string | undefined {
  const link = typed.trim();
  return /^(?:https?:\/\/\S+\/j#|conclave:j\/)\S+$/.test(link) ? link : undefined;
}
