import { useEffect } from "react";
import type { Pin } from "~/api/types.ts";
import { useSlice } from "~/stream/store.ts";
import { loadPins } from "./commands.ts";
import { marks } from "./state.ts";

// usePins gives the pins of a chat and reads them where they are not known; undefined until then.
export function usePins(conversation: string): readonly Pin[] | undefined {
  const pins = useSlice(marks, (part) => part.pins[conversation]);
  useEffect(() => {
    if (pins === undefined) void loadPins(conversation);
  }, [conversation, pins]);
  return pins;
}
