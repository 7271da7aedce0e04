import { ChartBar, CircleAlert, Image, Link2, MapPin, MessageSquareText, Reply, UserRound } from "lucide-react";
import type { ReactNode } from "react";
import type { Scheduled } from "~/api/types.ts";
import { t } from "../text.ts";

// Beside lists what a message will be sent with.
export function Beside({ one }: { one: Scheduled }) {
  const all = lines(one);
  if (all.length === 0) return null;
  return (
    <ul className="later-beside" aria-label={t("beside")}>
      {all.map(([name, icon, text]) => (
        <li key={name}>
          {icon}
          <span dir="auto">{text}</span>
        </li>
      ))}
    </ul>
  );
}

function lines({ thread, reply_to, priority, picture, location, card, poll, preview }: Scheduled): [string, ReactNode, string][] {
  const all: [string, ReactNode, string | undefined][] = [
    ["priority", <CircleAlert aria-hidden="true" />, priority && t(`beside.${priority}`)],
    ["thread", <MessageSquareText aria-hidden="true" />, thread && t("beside.thread")],
    ["reply", <Reply className="mirrored" aria-hidden="true" />, reply_to && t("beside.reply")],
    ["picture", <Image aria-hidden="true" />, picture && (picture.alt ? t("beside.picture.alt", { alt: picture.alt }) : t("beside.picture"))],
    ["place", <MapPin aria-hidden="true" />, location && t("beside.place")],
    ["card", <UserRound aria-hidden="true" />, card && t("beside.card", { name: card.name })],
    ["poll", <ChartBar aria-hidden="true" />, poll && t("beside.poll", { options: poll.options.join(" · ") })],
    ["preview", <Link2 aria-hidden="true" />, preview && t("beside.preview", { title: preview.title ?? preview.url })],
  ];
  return all.filter((one): one is [string, ReactNode, string] => one[2] !== undefined);
}
