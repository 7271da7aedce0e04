// takeFragment reads a secret from behind the # of the address and takes it
// out of the address bar and the history. The fragment never reaches a server.
export function takeFragment(prefix: string): string | undefined {
  const fragment = location.hash.slice(1);
  if (fragment === "" || !fragment.startsWith(prefix)) return taken.get(prefix);
  history.replaceState(history.state, "", location.pathname + location.search);
  const secret = decodeURIComponent(fragment.slice(prefix.length));
  taken.set(prefix, secret);
  return secret;
}

// React may ask twice for the first state of a screen.
const taken = new Map<string, string>();
