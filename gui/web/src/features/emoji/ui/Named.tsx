import type { NamedEmoji } from "~/slots/types.ts";
import type { ComponentProps } from "react";
import { usePack } from "../usePack.ts";
import { Picture } from "./Picture.tsx";

// Named draws the emoji that a text names, if the chat has it.
export default function Named({ name, conversation, picture, usual }: ComponentProps<NamedEmoji["Part"]>) {
  const found = usePack(conversation)?.find((one) => (picture === undefined ? one.name === name : one.picture === picture));
  return found ? <Picture conversation={conversation} emoji={found} /> : usual;
}
