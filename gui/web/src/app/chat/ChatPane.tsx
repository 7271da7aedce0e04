import { useEffect, useRef } from "react";
import { useLocation, useSearch } from "wouter";
import type { Conversation } from "~/api/types.ts";
import { remove } from "~/features/contact/commands.ts";
import { ContactDetails } from "~/features/contact/ui/ContactDetails.tsx";
import { RequestCard } from "~/features/contact/ui/RequestCard.tsx";
import { ConversationHeader } from "~/features/conversation/ui/ConversationHeader.tsx";
import { sendText } from "~/features/message/commands.ts";
import { Button } from "~/kit/primitives/Button.tsx";
import type { MessageScrollerHandle } from "~/kit/virtual/MessageScroller.tsx";
import { useStore } from "~/stream/store.ts";
import { MainPane, Sheet, SidePanel } from "../shell/Panes.tsx";
import { t } from "../text.ts";
import { Composer } from "./Composer.tsx";
import { Timeline } from "./Timeline.tsx";
import "./chat.css";

export function ChatPane({ conversation }: { conversation: Conversation }) {
  const { id, name, with: acct } = conversation;
  const contact = useStore((state) => state.contacts[acct]);
  const scroller = useRef<MessageScrollerHandle>(null);
  const [, go] = useLocation();
  const panelOpen = useSearch() === "p=info";
  const setPanel = (open: boolean) => go(`/c/${id}${open ? "?p=info" : ""}`);

  useEffect(() => {
    if (!panelOpen) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) setPanel(false);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });

  if (contact?.state === "requested") {
    return (
      <MainPane name={id}>
        <Sheet>
          <RequestCard contact={contact} />
        </Sheet>
      </MainPane>
    );
  }
  const state = contact?.state ?? conversation.contact;
  return (
    <>
      <MainPane name={id}>
        <ConversationHeader conversation={conversation} panelOpen={panelOpen} onPanel={() => setPanel(!panelOpen)} />
        <Timeline conversation={conversation} scroller={scroller} />
        {state === "pending" && (
          <div className="chat-strip">
            <span>{t("chat.pending", { name })}</span>
            <Button look="plain" onClick={() => void remove(acct).then(() => go("/"))}>
              {t("chat.pending.cancel")}
            </Button>
          </div>
        )}
        {state === "blocked" ? (
          <p className="chat-strip">{t("chat.blocked", { name })}</p>
        ) : (
          <Composer conversation={id} name={name} onNewest={() => scroller.current?.focusNewest()}
            onSend={(text) => {
              sendText(id, text);
              scroller.current?.toBottom();
            }} />
        )}
      </MainPane>
      {panelOpen && contact && (
        <SidePanel title={t("panel.title")} onClose={() => setPanel(false)}>
          <ContactDetails contact={contact} withChat={false} />
        </SidePanel>
      )}
    </>
  );
}
