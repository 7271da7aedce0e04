// Offers emoji for the word behind a colon.
import { chosenTone, usedEmoji } from "~/kit/emojis/recent.ts";
import { emojiTable, findEmoji, withTone } from "~/kit/emojis/table.ts";
import type { Completed } from "~/slots/types.ts";

const MOST = 8;

export async function offer(typed: string): Promise<readonly Completed[]> {
  const word = typed.replace(/:$/, "");
  if (!/^[\p{L}\p{N}_+-]{2,}$/u.test(word)) return []; // ":-)" is a face already
  const groups = await emojiTable().catch(() => []);
  const tone = chosenTone();
  return findEmoji(groups, word, MOST).map((one) => {
    const text = withTone(one, tone);
    return { key: one.text, label: text, detail: one.name, insert: `${text} `, chosen: () => usedEmoji(text) };
  });
}
