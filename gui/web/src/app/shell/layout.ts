import { useLocation } from "wouter";
import { COMPACT, useMedia } from "~/kit/media.ts";

// A deep address shows its main pane on a narrow screen, others the list.
export function isDeep(path: string): boolean {
  return /^\/(c|contacts|settings|admin|new)\/./.test(path) || ["/i", "/j", "/groups"].includes(path);
}

// useOnlyPane tells which of list and main is the whole page, if only one fits.
export function useOnlyPane(): "list" | "main" | undefined {
  const [path] = useLocation();
  const compact = useMedia(COMPACT);
  if (!compact) return undefined;
  return isDeep(path) ? "main" : "list";
}
