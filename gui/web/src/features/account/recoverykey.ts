// The recovery key as people write it: 32 characters of Crockford's Base32 in
// eight groups. Reading is lenient about spaces, dashes, case and the letters
// that look like digits; what is sent is the plain form.

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
export const KEY_LENGTH = 32;
export const GROUP_LENGTH = 4;

export interface KeyInput {
  readonly groups: readonly string[];
  readonly text: string; // grouped with dashes, as far as typed
  readonly wrongGroup: number | undefined; // 1 to 8: the first that cannot be right
  readonly missing: number; // characters; negative when there are too many
}

export function readKey(typed: string): KeyInput {
  const plain = typed.replace(/[\s\-–—.]/gu, "").toUpperCase().replace(/O/g, "0").replace(/[IL]/g, "1");
  const letters = [...plain];
  const groups: string[] = [];
  for (let start = 0; start < letters.length; start += GROUP_LENGTH) {
    groups.push(letters.slice(start, start + GROUP_LENGTH).join(""));
  }
  const wrong = groups.findIndex((group) => [...group].some((letter) => !ALPHABET.includes(letter)));
  return {
    groups,
    text: groups.join("-"),
    wrongGroup: wrong < 0 ? undefined : wrong + 1,
    missing: KEY_LENGTH - letters.length,
  };
}

export function isComplete(key: KeyInput): boolean {
  return key.missing === 0 && key.wrongGroup === undefined;
}
