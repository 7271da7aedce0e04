import { MessageCircleOff } from "lucide-react";
import { lazy, Suspense, useEffect } from "react";
import { Link, Redirect } from "wouter";
import { KeyReminder } from "~/features/account/ui/KeyReminder.tsx";
import { ConversationList } from "~/features/conversation/ui/ConversationList.tsx";
import { COMPACT, useMedia } from "~/kit/media.ts";
import { Empty } from "~/kit/primitives/Card.tsx";
import { listed } from "~/stream/selectors.ts";
import { useStore } from "~/stream/store.ts";
import { ListPane, MainPane } from "../shell/Panes.tsx";
import { t } from "../text.ts";
import { ChatPane } from "./ChatPane.tsx";

const AddContact = lazy(async () => ({ default: (await import("../contacts/ContactPages.tsx")).AddContact }));

let lastOpen: string | undefined;

export function ChatPages({ id }: { id: string | undefined }) {
  const known = useStore((state) => (id === undefined ? undefined : state.conversations[id]));
  const compact = useMedia(COMPACT);
  useEffect(() => {
    if (known) lastOpen = known.id;
  }, [known]);
  return (
    <>
      <ListPane label={t("nav.chats")}>
        <ConversationList />
        <KeyReminder />
      </ListPane>
      {id === undefined ? (
        compact ? null : <Home />
      ) : known ? (
        <ChatPane key={known.id} conversation={known} />
      ) : (
        <MainPane name={id}>
          <Gone />
        </MainPane>
      )}
    </>
  );
}

// Home opens the last chat; without one it shows how to get the first.
function Home() {
  const chats = useStore(listed);
  const target = chats.find((one) => one.id === lastOpen) ?? chats[0];
  if (target) return <Redirect to={`/c/${target.id}`} replace />;
  return (
    <MainPane name="first">
      <Suspense>
        <AddContact />
      </Suspense>
    </MainPane>
  );
}

function Gone() {
  return (
    <Empty icon={<MessageCircleOff />} level={1} title={t("chat.gone.title")}
      action={
        <Link href="/" className="button button-soft">
          {t("lost.home")}
        </Link>
      }>
      {t("chat.gone.text")}
    </Empty>
  );
}
