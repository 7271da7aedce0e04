// Links into groups. A node's own invites, which make accounts, stand at the
// same address; theirs is a short secret, a group's says more and is longer.

const ACCOUNT_SECRET = 43; // characters

export function isGroupSecret(secret: string): boolean {
  return secret.length > ACCOUNT_SECRET;
}

// readGroupLink gives the link in what a person pasted or scanned, if it
// leads into a group. The node decides whether it works.
export function readGroupLink(typed: string): string | undefined {
  const link = typed.trim();
  const secret = /^(?:https?:\/\/\S+\/join#|conclave:join\/)(\S+)$/.exec(link)?.[1];
  return secret !== undefined && isGroupSecret(secret) ? link : undefined;
}
