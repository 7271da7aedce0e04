import "./avatar.css";

interface AvatarProps {
  name: string;
  // The colour comes from the identity, so it is the same on every screen.
  seed: string;
  size?: "small" | "normal" | "large";
}

export function Avatar({ name, seed, size = "normal" }: AvatarProps) {
  return (
    <span className={`avatar avatar-${size} name-${nameColour(seed)}`} aria-hidden="true">
      {initials(name)}
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
