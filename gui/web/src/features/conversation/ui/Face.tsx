import type { Conversation } from "~/api/types.ts";
import { Avatar } from "~/kit/primitives/Avatar.tsx";

// Face is the picture of a chat: the other person's initials, or the picture
// of the group.
export function Face({ conversation, size = "normal" }: { conversation: Conversation; size?: "small" | "normal" | "large" }) {
  const { id, name, group } = conversation;
  if (!group) return <Avatar name={name} seed={conversation.with ?? id} size={size} />;
  return <Avatar name={name} seed={id} size={size} shape="square" picture={group.picture} />;
}
