import { useSyncExternalStore } from "react";
import { useLocation } from "wouter";

// invitationAt gives the link that an address of this page stands for: itself, or the one behind its fragment that no browser knows
// how to open.
export function invitationAt(address: string): string {
  const inner = address.slice(address.indexOf("#") + 1);
  return inner.startsWith("conclave:") ? inner : address;
}

// useAddress gives the whole address, also when only its fragment changes.
export function useAddress(): string {
  useLocation();
  return useSyncExternalStore(
    (listener) => {
      window.addEventListener("hashchange", listener);
      return () => window.removeEventListener("hashchange", listener);
    },
    () => location.href,
  );
}
