import { useSyncExternalStore } from "react";
import { useLocation } from "wouter";

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
