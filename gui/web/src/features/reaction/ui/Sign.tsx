import { NamedEmoji } from "~/slots/NamedEmoji.tsx";
import type { SignOf } from "../commands.ts";

// Sign draws the emoji of a reaction, a custom one as its picture where the chat has it.
export function Sign({ conversation, sign }: { conversation: string; sign: SignOf }) {
  if (sign.picture === undefined) return sign.emoji;
  return <NamedEmoji name={sign.emoji.replaceAll(":", "")} conversation={conversation} picture={sign.picture} />;
}
