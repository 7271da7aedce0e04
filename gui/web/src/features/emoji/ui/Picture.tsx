import type { CustomEmoji } from "~/api/types.ts";
import { StillPicture } from "~/kit/StillPicture.tsx";
import { useNodePicture } from "~/kit/useNodePicture.ts";
import { pathOf } from "../pack.ts";
import "./picture.css";

interface PictureProps {
  conversation: string;
  emoji: Pick<CustomEmoji, "name" | "picture">;
  hidden?: boolean; // its name stands beside it
}

// Picture draws a custom emoji, or its name until the picture is here.
export function Picture({ conversation, emoji, hidden = false }: PictureProps) {
  const { url } = useNodePicture(pathOf(conversation, emoji));
  const name = `:${emoji.name}:`;
  if (url === undefined) return hidden ? <span className="emoji-custom" /> : name;
  return <StillPicture className="emoji-custom" url={url} name={hidden ? "" : name} />;
}
