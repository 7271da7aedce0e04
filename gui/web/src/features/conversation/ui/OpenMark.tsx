import { useEffect } from "react";
import { useRoute } from "wouter";
import { getState } from "~/stream/store.ts";
import { setFlags } from "../flags.ts";

// OpenMark takes the mark from a conversation that is opened. One that is marked while it is open keeps it.
export function OpenMark() {
  const [, params] = useRoute("/c/:id");
  const id = params?.id;
  useEffect(() => {
    const conversation = id === undefined ? undefined : getState().conversations[id];
    if (conversation?.flags.marked_unread) void setFlags(conversation, { marked_unread: false });
  }, [id]);
  return null;
}
