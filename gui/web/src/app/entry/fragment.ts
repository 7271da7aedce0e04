import { useEffect, useState } from "react";

// useFragment follows the secret of the address: a link pasted into the
// address bar of the open page changes nothing but the fragment.
export function useFragment(prefix: string): [string | undefined, (secret: string) => void] {
  const [secret, setSecret] = useState(() => takeFragment(prefix));
  useEffect(() => {
    const onChange = () => setSecret(takeFragment(prefix));
    window.addEventListener("hashchange", onChange);
    return () => window.removeEventListener("hashchange", onChange);
  }, [prefix]);
  return [secret, setSecret];
}

// takeFragment reads a secret from behind the # of the address and takes it
// out of the address bar and the history. The fragment never reaches a server.
function takeFragment(prefix: string): string | undefined {
  const fragment = location.hash.slice(1);
  if (fragment === "" || !fragment.startsWith(prefix)) return taken.get(prefix);
  history.replaceState(history.state, "", location.pathname + location.search);
  const secret = decodeURIComponent(fragment.slice(prefix.length));
  taken.set(prefix, secret);
  return secret;
}

// React may ask twice for the first state of a screen.
const taken = new Map<string, string>();
