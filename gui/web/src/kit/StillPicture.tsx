import { useEffect, useRef } from "react";
import { useMedia } from "./media.ts";

interface StillPictureProps {
  url: string;
  name?: string; // empty where its name stands beside it
  className?: string | undefined;
}

// StillPicture draws a small picture. For who asks the system for less motion an animation stands still: only its first frame is drawn.
export function StillPicture({ url, name = "", className }: StillPictureProps) {
  const still = useMedia("(prefers-reduced-motion: reduce)");
  if (still) return <FirstFrame url={url} name={name} className={className} />;
  return <img className={className} src={url} alt={name} title={name === "" ? undefined : name} draggable={false} />;
}

function FirstFrame({ url, name, className }: { url: string; name: string; className: string | undefined }) {
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
  return <canvas ref={canvas} className={className} {...named} />;
}
