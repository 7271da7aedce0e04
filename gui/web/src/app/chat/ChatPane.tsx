import { lazy, Suspense, useEffect, useRef } from "react";
import { useLocation, useSearch } from "wouter";
import type { Conversation } from "~/api/types.ts";
import { remove } from "~/features/contact/commands.ts";
import { ConversationHeader } from "~/features/conversation/ui/ConversationHeader.tsx";
import { sendText, toEnd } from "~/features/message/commands.ts";
import { Button } from "~/kit/primitives/Button.tsx";
import type { MessageScrollerHandle } from "~/kit/virtual/MessageScroller.tsx";
import { slots } from "~/slots/slots.ts";
import { useStore } from "~/stream/store.ts";
import { MainPane, Sheet, SidePanel } from "../shell/Panes.tsx";
import { t } from "../text.ts";
import { Composer } from "./Composer.tsx";
import { GroupFoot } from "./GroupFoot.tsx";
import { hungAt, panelAt, type PanelPage } from "./panels.ts";
import { Timeline } from "./Timeline.tsx";
import "./chat.css";

const ThreadPanel = lazy(() => import("./ThreadPanel.tsx"));
const PANEL_AFTER = 1500; // milliseconds in which the chat is shown
const loadPanel = () => import("./GroupPanel.tsx");
const GroupPanel = lazy(loadPanel);
const ContactDetails = lazy(async () => ({ default: (await import("~/features/contact/ui/ContactDetails.tsx")).ContactDetails }));
const RequestCard = lazy(async () => ({ default: (await import("~/features/contact/ui/RequestCard.tsx")).RequestCard }));
const PanelRows = lazy(async () => ({ default: (await import("./PanelRows.tsx")).PanelRows }));

export function ChatPane({ conversation }: { conversation: Conversation }) {
  const { id, name, with: acct, group } = conversation;
  const contact = useStore((state) => (acct === undefined ? undefined : state.contacts[acct]));
  const held = useStore(() => slots("foots").find((one) => one.when(conversation)));
  const scroller = useRef<MessageScrollerHandle>(null);
  const [, go] = useLocation();
  const search = useSearch();
  const thread = new URLSearchParams(search).get("t");
  const panel = thread ? undefined : panelAt(search, conversation);
  const hung = hungAt(panel, conversation);
  const setPanel = (page: PanelPage | undefined) => go(`/c/${id}${page ? `?p=${page}` : ""}`);
  useEscape(panel !== undefined || thread !== null, () => setPanel(panel === "info" || thread ? undefined : "info"));
  useFocusBack(panel !== undefined);

  // The panel of a group is there when it is asked for.
  const inGroup = group !== undefined;
  useEffect(() => {
    const timer = inGroup ? setTimeout(() => void loadPanel(), PANEL_AFTER) : undefined;
    return () => clearTimeout(timer);
  }, [inGroup]);

  if (contact?.state === "requested") {
    return (
      <MainPane name={id}>
        <Sheet>
          <Suspense>
            <RequestCard contact={contact} />
          </Suspense>
        </Sheet>
      </MainPane>
    );
  }
  const state = contact?.state ?? conversation.contact;
  const foot = held && (
    <Suspense>
      <held.Foot conversation={conversation} />
    </Suspense>
  );
  const composer = (
    <Composer conversation={id} name={name} onNewest={() => scroller.current?.focusNewest()}
      onSend={(text, reply) => {
        sendText(id, text, reply);
        void toEnd(id).then(() => scroller.current?.toBottom());
      }} />
  );
  return (
    <>
      <MainPane name={id}>
        <ConversationHeader conversation={conversation} panelOpen={panel !== undefined} onPanel={() => setPanel(panel ? undefined : "info")} />
        <Timeline conversation={conversation} scroller={scroller} />
        {state === "pending" && acct !== undefined && (
          <div className="chat-strip">
            <span>{t("chat.pending", { name })}</span>
            <Button look="plain" onClick={() => void remove(acct).then(() => go("/"))}>
              {t("chat.pending.cancel")}
            </Button>
          </div>
        )}
        {group ? (
          <GroupFoot conversation={conversation} composer={composer} />
        ) : state === "blocked" ? (
          <p className="chat-strip">{t("chat.blocked", { name })}</p>
        ) : (
          (foot ?? composer)
        )}
      </MainPane>
      {thread && (
        <Suspense>
          <ThreadPanel key={thread} conversation={conversation} root={thread} onClose={() => setPanel(undefined)} />
        </Suspense>
      )}
      {hung && (
        <SidePanel key={hung.id} title={hung.title(conversation)} onClose={() => setPanel(undefined)} onBack={() => setPanel("info")}>
          <Suspense>
            <hung.Panel conversation={conversation} />
          </Suspense>
        </SidePanel>
      )}
      {panel && !hung && group && (
        <Suspense>
          <GroupPanel conversation={conversation} group={group} page={panel} onPage={setPanel} />
        </Suspense>
      )}
      {panel && !hung && !group && contact && (
        <SidePanel title={t("panel.title")} onClose={() => setPanel(undefined)}>
          <Suspense>
            <ContactDetails contact={contact} withChat={false}>
              <PanelRows conversation={conversation} />
            </ContactDetails>
          </Suspense>
        </SidePanel>
      )}
    </>
  );
}

// useFocusBack gives the focus of a panel that closed to the button that opens it.
function useFocusBack(open: boolean): void {
  const before = useRef(open);
  useEffect(() => {
    const closed = before.current && !open;
    before.current = open;
    if (closed && document.activeElement === document.body) document.querySelector<HTMLElement>("[data-opens-panel]")?.focus();
  }, [open]);
}

function useEscape(on: boolean, then: () => void): void {
  useEffect(() => {
    if (!on) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) then();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
}
