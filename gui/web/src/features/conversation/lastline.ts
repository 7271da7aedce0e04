// The line under a name in the list of chats.
import type { Conversation } from "~/api/types.ts";
import { t } from "./text.ts";

export function lastLine(conversation: Conversation, mine: string | undefined): string {
  const { contact, group, last } = conversation;
  if (contact === "blocked") return t("blocked");
  if (group && group.state !== "joined") return t(`group.${group.state}`);
  if (!last) return contact === "pending" ? t("request.sent") : t("nothing");
  if (!group) return last.text;
  return last.author === mine ? t("last.you", { text: last.text }) : t("last.by", { name: last.author_name ?? "", text: last.text });
}
