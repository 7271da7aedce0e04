// Classes of characters, written out so that they are the same whatever
// edition of Unicode a reader has. They take UTF-16 units: halves of a pair
// are in none of them.

export const digit = (c: number): boolean => c >= 48 && c <= 57;

export const letter = (c: number): boolean => (c | 32) >= 97 && (c | 32) <= 122;

// sign tells ASCII punctuation, which a backslash makes text.
export const sign = (c: number): boolean => c > 32 && c < 0x7f && !digit(c) && !letter(c);

export function space(c: number): boolean {
  if (c < 0x80) return c === 32 || (c >= 9 && c <= 13);
  return c === 0xa0 || c === 0x1680 || (c >= 0x2000 && c <= 0x200a) || c === 0x2028 || c === 0x2029 || c === 0x202f || c === 0x205f || c === 0x3000;
}

const PUNCTUATION = /[\u00a1-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u2010-\u2027\u2030-\u205e\u3001-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]/;

export function punct(c: number): boolean {
  return c < 0x80 ? sign(c) : PUNCTUATION.test(String.fromCharCode(c));
}

// turns tells the characters that change the direction in which text is read:
// they are never followed, only named.
export const turns = (c: number): boolean => (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);

const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]/;

// inAddress tells which characters may stand in an address: those that are
// seen there, but for a few that end it.
export function inAddress(c: number): boolean {
  if (c > 32 && c < 0x7f) return c !== 92 && c !== 60 && c !== 62 && c !== 34 && c !== 96;
  return !space(c) && !UNSEEN.test(String.fromCharCode(c));
}

// run counts how often the sign at a place is repeated.
export function run(s: string, at: number): number {
  const c = s.charCodeAt(at);
  let end = at + 1;
  while (end < s.length && s.charCodeAt(end) === c) end++;
  return end - at;
}

const encoder = new TextEncoder();

// bytes measures a text as the node does.
export function bytes(s: string): number {
  return encoder.encode(s).length;
}
