import type { ReactNode } from "react";
import { pictureUrl } from "../picture.ts";
import "./avatar.css";

interface AvatarProps {
  name: string;
  // The colour comes from the identity, so it is the same on every screen.
  seed: string;
  size?: "small" | "normal" | "large";
  shape?: "round" | "square"; // people are round, groups are not
  picture?: string | undefined; // a data URL
  icon?: ReactNode; // stands for a name that is not known
}

export function Avatar({ name, seed, size = "normal", shape = "round", picture, icon }: AvatarProps) {
  const url = pictureUrl(picture);
  const colour = icon === undefined ? `name-${nameColour(seed)}` : "avatar-blank";
  return (
    <span className={`avatar avatar-${size} avatar-${shape} ${colour}`} aria-hidden="true">
      {url === undefined ? (icon ?? initials(name)) : <img src={url} alt="" draggable={false} />}
    </span>
  );
}

export function nameColour(seed: string): number {
  let sum = 0;
  for (const character of seed) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return (sum % 8) + 1;
}

export function initials(name: string): string {
  const words = name.split(/\s+/u).filter(Boolean);
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return chosen.map((word) => firstLetter(word ?? "")).join("").toLocaleUpperCase();
}

function firstLetter(word: string): string {
  const [first] = new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(word);
  return first?.segment ?? "?";
}
