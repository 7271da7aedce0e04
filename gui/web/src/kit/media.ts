import { useSyncExternalStore } from "react";

// useMedia follows a media query.
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => matchMedia(query).matches,
  );
}

export const COMPACT = "(max-width: 639.98px)";
export const WIDE = "(min-width: 1100px)";
