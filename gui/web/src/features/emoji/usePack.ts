import { useEffect } from "react";
import type { CustomEmoji } from "~/api/types.ts";
import { useSlice } from "~/stream/store.ts";
import { loadPack, packs } from "./pack.ts";

// usePack gives the custom emoji of a chat and reads them where they are not known; undefined until then.
export function usePack(conversation: string): readonly CustomEmoji[] | undefined {
  const pack = useSlice(packs, (part) => part[conversation]);
  useEffect(() => {
    if (!pack || pack.stale) void loadPack(conversation);
  }, [conversation, pack]);
  return pack?.items;
}
