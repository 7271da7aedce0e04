import { ArrowLeft, PanelRight } from "lucide-react";
import { Link } from "wouter";
import type { Conversation } from "~/api/types.ts";
import { shortTime } from "~/i18n/time.ts";
import { IconButton } from "~/kit/primitives/Button.tsx";
import { slots } from "~/slots/slots.ts";
import type { HeadPart } from "~/slots/types.ts";
import { syncLine } from "../sync.ts";
import { t } from "../text.ts";
import { Face } from "./Face.tsx";
import "./header.css";

interface HeaderProps {
  conversation: Conversation;
  panelOpen: boolean;
  onPanel(): void;
}

export function ConversationHeader({ conversation, panelOpen, onPanel }: HeaderProps) {
  return (
    <>
      <header className="pane-head">
        <Link href="/" className="icon-button only-compact" aria-label={t("back")}>
          <ArrowLeft className="mirrored" aria-hidden="true" />
        </Link>
        <Face conversation={conversation} />
        <div className="pane-head-text">
          <h1>
            <bdi>{conversation.name}</bdi>
          </h1>
          <p className="muted small" data-connected={conversation.node?.connected}>
            <HeadLine conversation={conversation} />
          </p>
        </div>
        <HeadParts place="tool" conversation={conversation} />
        <IconButton label={conversation.group ? t("info.group", { kind: conversation.kind }) : t("info")} aria-pressed={panelOpen} data-opens-panel="" icon={<PanelRight className="mirrored" />} onClick={onPanel} />
      </header>
      <HeadParts place="below" conversation={conversation} />
    </>
  );
}

// HeadLine is the second line: what a feature has to say just now, else how the others are reached.
function HeadLine({ conversation }: { conversation: Conversation }) {
  const hung = slots("headParts").find((one) => one.place === "line" && one.when?.(conversation) !== false);
  const usual = conversation.group ? <GroupLine conversation={conversation} /> : reach(conversation);
  return hung ? <hung.Part conversation={conversation} usual={usual} /> : usual;
}

function HeadParts({ place, conversation }: { place: HeadPart["place"]; conversation: Conversation }) {
  return slots("headParts").map(({ id, place: where, Part, when }) =>
    where === place && when?.(conversation) !== false ? <Part key={id} conversation={conversation} usual={null} /> : null,
  );
}

// GroupLine is how many are in it and how well the nodes agree, or that one is out.
function GroupLine({ conversation: { group, sync } }: { conversation: Conversation }) {
  if (!group) return null;
  if (group.state !== "joined") return t(`group.${group.state}`);
  const line = sync && syncLine(sync);
  return (
    <>
      {t("members", { count: group.members })}
      {line && (
        <>
          {" · "}
          <span className={`sync-line sync-line-${line.tone}`}>{line.text}</span>
        </>
      )}
    </>
  );
}

function reach({ contact, node }: Conversation): string {
  if (contact === "blocked") return t("blocked");
  if (contact === "pending") return t("request.sent");
  if (node?.connected) return t("node.connected");
  return node?.last_seen ? t("node.away", { time: shortTime(node.last_seen) }) : t("node.never");
}
