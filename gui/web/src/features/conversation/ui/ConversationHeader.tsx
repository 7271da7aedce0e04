import { ArrowLeft, PanelRight } from "lucide-react";
import { Link } from "wouter";
import type { Conversation } from "~/api/types.ts";
import { shortTime } from "~/i18n/time.ts";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { IconButton } from "~/kit/primitives/Button.tsx";
import { t } from "../text.ts";
import "./header.css";

interface HeaderProps {
  conversation: Conversation;
  panelOpen: boolean;
  onPanel(): void;
}

export function ConversationHeader({ conversation, panelOpen, onPanel }: HeaderProps) {
  return (
    <header className="pane-head">
      <Link href="/" className="icon-button only-compact" aria-label={t("back")}>
        <ArrowLeft className="mirrored" aria-hidden="true" />
      </Link>
      <Avatar name={conversation.name} seed={conversation.with} />
      <div className="pane-head-text">
        <h1>
          <bdi>{conversation.name}</bdi>
        </h1>
        <p className="muted small" data-connected={conversation.node.connected}>
          {reach(conversation)}
        </p>
      </div>
      <IconButton label={t("info")} aria-pressed={panelOpen} icon={<PanelRight className="mirrored" />} onClick={onPanel} />
    </header>
  );
}

function reach({ contact, node }: Conversation): string {
  if (contact === "blocked") return t("blocked");
  if (contact === "pending") return t("request.sent");
  if (node.connected) return t("node.connected");
  return node.last_seen ? t("node.away", { time: shortTime(node.last_seen) }) : t("node.never");
}
