import { useEffect, useState } from "react";
import type { CustomEmoji } from "~/api/types.ts";
import type { Custom } from "~/kit/emojis/EmojiPicker.tsx";
import { EmojiPopup } from "~/kit/emojis/EmojiPopup.tsx";
import { pictureAt } from "~/kit/useNodePicture.ts";
import { pathOf } from "../pack.ts";
import { usePack } from "../usePack.ts";

interface PackPopupProps {
  at: Element;
  conversation: string;
  onPick(emoji: string, picture?: string): void;
  onClose(): void;
}

const NONE: readonly CustomEmoji[] = [];

// PackPopup is the picker with the custom emoji of a chat.
export default function PackPopup({ conversation, onPick, ...popup }: PackPopupProps) {
  const pack = usePack(conversation) ?? NONE;
  const [custom, setCustom] = useState<readonly Custom[]>([]);
  useEffect(() => {
    let gone = false;
    const all = pack.map(async (one) => ({ name: `:${one.name}:`, url: await pictureAt(pathOf(conversation, one)) }));
    void Promise.allSettled(all).then((done) => {
      if (!gone) setCustom(done.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
    });
    return () => {
      gone = true;
    };
  }, [conversation, pack]);
  return <EmojiPopup {...popup} custom={custom} onPick={(emoji) => onPick(emoji, pack.find(({ name }) => emoji === `:${name}:`)?.picture)} />;
}
