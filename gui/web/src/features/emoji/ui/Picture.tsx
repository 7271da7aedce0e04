import { useEffect, useRef } from "react";
import type { CustomEmoji } from "~/api/types.ts";
import { useMedia } from "~/kit/media.ts";
import { useNodePicture } from "~/kit/useNodePicture.ts";
import { pathOf } from "../pack.ts";
import "./picture.css";

interface PictureProps {
  conversation: string;
  emoji: Pick<CustomEmoji, "name" | "picture">;
  hidden?: boolean; // its name stands beside it
}

// Picture draws a custom emoji, or its name until the picture is here. For who wants less motion an animation stands still.
export function Picture({ conversation, emoji, hidden = false }: PictureProps) {
  const still = useMedia("(prefers-reduced-motion: reduce)");
  const { url } = useNodePicture(pathOf(conversation, emoji));
  const name = `:${emoji.name}:`;
  if (url === undefined) return hidden ? <span className="emoji-custom" /> : name;
  if (still) return <Still url={url} name={hidden ? "" : name} />;
  return <img className="emoji-custom" src={url} alt={hidden ? "" : name} title={hidden ? undefined : name} draggable={false} />;
}

// Still draws the first frame.
function Still({ url, name }: { url: string; name: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let gone = false;
    const image = new Image();
    image.onload = () => {
      const { current } = canvas;
      if (gone || !current) return;
      current.width = image.naturalWidth;
      current.height = image.naturalHeight;
      current.getContext("2d")?.drawImage(image, 0, 0);
    };
    image.src = url;
    return () => {
      gone = true;
    };
  }, [url]);
  const named = name === "" ? { "aria-hidden": true } : { role: "img", "aria-label": name, title: name };
  return <canvas ref={canvas} className="emoji-custom" {...named} />;
}
