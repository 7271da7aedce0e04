// Offers emoji for the word behind a colon: those of the chat first.
import { createElement } from "react";
import { chosenTone, usedEmoji } from "~/kit/emojis/recent.ts";
import { emojiTable, findEmoji, withTone } from "~/kit/emojis/table.ts";
import type { Completed } from "~/slots/types.ts";

const MOST = 8;

export async function offer(typed: string, conversation: string): Promise<readonly Completed[]> {
  const word = typed.replace(/:$/, "");
  if (!/^[\p{L}\p{N}_+-]{2,}$/u.test(word)) return []; // ":-)" is a face already
  const [own, groups] = await Promise.all([offerOwn(word, conversation).catch(() => []), emojiTable().catch(() => [])]);
  const tone = chosenTone();
  const usual = findEmoji(groups, word, MOST).map((one) => {
    const text = withTone(one, tone);
    return { key: one.text, label: text, detail: one.name, insert: `${text} `, chosen: () => usedEmoji(text) };
  });
  return [...own, ...usual].slice(0, MOST);
}

async function offerOwn(word: string, conversation: string): Promise<readonly Completed[]> {
  const [{ packOf }, { Picture }] = await Promise.all([import("./pack.ts"), import("./ui/Picture.tsx")]);
  const small = word.toLowerCase();
  return (await packOf(conversation))
    .filter((one) => one.name.includes(small))
    .sort((a, b) => Number(b.name.startsWith(small)) - Number(a.name.startsWith(small)))
    .slice(0, MOST / 2)
    .map((one) => {
      const text = `:${one.name}:`;
      return { key: text, label: text, icon: createElement(Picture, { conversation, emoji: one, hidden: true }), insert: `${text} `, chosen: () => usedEmoji(text) };
    });
}
