// How the gallery looks, kept in its address: a look can be sent to somebody, and a script asks for one.
export const LOOKS = {
  theme: ["system", "light", "dark"],
  contrast: ["normal", "high"],
  density: ["comfortable", "compact", "dense"],
  text: ["100", "85", "115", "130", "150"],
  dir: ["ltr", "rtl"],
} as const;

export type Part = keyof typeof LOOKS;
export type Look = Record<Part, string>;

export const PARTS = Object.keys(LOOKS) as Part[];

// readLook takes what it knows from an address; the first of each part is the usual one.
export function readLook(search: string): Look {
  const asked = new URLSearchParams(search);
  const read = (part: Part) => LOOKS[part].find((one) => one === asked.get(part)) ?? LOOKS[part][0];
  return Object.fromEntries(PARTS.map((part) => [part, read(part)])) as Look;
}

export function applyLook(look: Look): void {
  const { dir, ...rest } = look;
  document.documentElement.dir = dir;
  Object.assign(document.documentElement.dataset, rest);
  history.replaceState(null, "", `?${new URLSearchParams(look).toString()}`);
}
