// The emoji of Unicode with their names, in groups. The table is large: it is loaded when somebody looks for one.

export interface Emoji {
  readonly text: string;
  readonly name: string;
  readonly words: string; // name and what else it is found by
  readonly toned: boolean; // has skin tones
}

export interface EmojiGroup {
  readonly id: GroupId;
  readonly emoji: readonly Emoji[];
}

export type GroupId =
  | "smileys_emotion"
  | "people_body"
  | "animals_nature"
  | "food_drink"
  | "travel_places"
  | "activities"
  | "objects"
  | "symbols"
  | "flags";

type Entry = readonly [string, string, string, 1?];

let table: Promise<readonly EmojiGroup[]> | undefined;

// emojiTable loads the table once; a load that failed is tried again.
export function emojiTable(): Promise<readonly EmojiGroup[]> {
  table ??= import("./table.json").then(
    ({ default: groups }) => groups.map(({ id, emoji }) => ({ id: id as GroupId, emoji: (emoji as unknown as Entry[]).map(read) })),
    (cause: unknown) => {
      table = undefined;
      throw cause;
    },
  );
  return table;
}

function read([text, name, words, toned]: Entry): Emoji {
  return { text, name, words: `${name} ${words}`.toLowerCase(), toned: toned === 1 };
}

// findEmoji gives those that are meant by all of the words, the best first: those whose name begins with them.
export function findEmoji(groups: readonly EmojiGroup[], query: string, most: number): Emoji[] {
  const words = query.toLowerCase().replaceAll("_", " ").trim().split(/\s+/);
  const found: { emoji: Emoji; rank: number }[] = [];
  for (const group of groups) {
    for (const emoji of group.emoji) {
      const rank = rankOf(emoji, words);
      if (rank !== undefined) found.push({ emoji, rank });
    }
  }
  return found
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map((one) => one.emoji);
}

function rankOf(emoji: Emoji, words: readonly string[]): number | undefined {
  if (words.includes(emoji.text)) return 0;
  const all = emoji.words.split(" ");
  let rank = 0;
  for (const word of words) {
    const at = all.findIndex((one) => one.startsWith(word));
    if (at < 0) return undefined;
    rank += at + (all[at] === word ? 0 : 10);
  }
  return rank + (emoji.name.startsWith(words.join(" ")) ? 0 : 5);
}

export const TONES = ["", "🏻", "🏼", "🏽", "🏾", "🏿"] as const;
export type Tone = (typeof TONES)[number];

const PEOPLE = /^[\u{1f9d1}\u{1f468}\u{1f469}]$/u;

// withTone gives an emoji its skin tone: the first of its parts and each further person.
export function withTone({ text, toned }: Emoji, tone: Tone): string {
  if (!toned || tone === "") return text;
  return text
    .split("\u200d")
    .map((part, index) => (index === 0 || PEOPLE.test(part) ? part.replace("\ufe0f", "") + tone : part))
    .join("\u200d");
}
