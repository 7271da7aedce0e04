import type { ReactNode } from "react";
import { slots } from "./slots.ts";

interface NamedEmojiProps {
  name: string; // without colons
  conversation: string;
  picture?: string | undefined; // only the one with this picture
}

// NamedEmoji asks those who know names; without them the name is text.
export function NamedEmoji({ name, conversation, picture }: NamedEmojiProps): ReactNode {
  return slots("namedEmoji").reduceRight<ReactNode>(
    (usual, { id, Part }) => <Part key={id} name={name} conversation={conversation} picture={picture} usual={usual} />,
    `:${name}:`,
  );
}
