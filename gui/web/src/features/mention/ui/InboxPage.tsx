import { AtSign } from "lucide-react";
import { useLocation } from "wouter";
import { api, call } from "~/api/http.ts";
import type { Message } from "~/api/types.ts";
import { useListed } from "~/api/useListed.ts";
import { Button } from "~/kit/primitives/Button.tsx";
import { Empty } from "~/kit/primitives/Card.tsx";
import { Excerpt } from "~/kit/primitives/Excerpt.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { askJump } from "~/stream/jump.ts";
import { placeOf } from "~/stream/model.ts";
import { useSlice, useStore } from "~/stream/store.ts";
import { mentions } from "../state.ts";
import { t } from "../text.ts";
import "./mention.css";

const read = (before?: string) => call(api.GET("/api/v1/mentions", { params: { query: before === undefined ? {} : { before } } }));

// InboxPage lists the messages of all chats that mention the account, newest first.
export function InboxPage() {
  const came = useSlice(mentions, (part) => part.came);
  const [list, load] = useListed(read, came);
  return (
    <main id="main" className="pane" data-region="" tabIndex={-1}>
      <header className="pane-head">
        <div className="pane-head-text">
          <h1>{t("inbox")}</h1>
        </div>
      </header>
      <div className="sheet">
        <div className="sheet-column">
          {list.status === "ready" && list.items.length === 0 && list.next === undefined && (
            <Empty icon={<AtSign />} title={t("inbox.none")}>
              {t("inbox.none.hint")}
            </Empty>
          )}
          {list.items.length > 0 && (
            <ul className="mention-list" aria-label={t("filter")}>
              {list.items.map((message) => (
                <Item key={message.id} message={message} />
              ))}
            </ul>
          )}
          {list.status === "loading" && list.items.length === 0 && <Spinner />}
          {list.status === "error" && (
            <div role="alert">
              <p>{t("inbox.error")}</p>
              <Button onClick={() => load()}>{t("retry")}</Button>
            </div>
          )}
          {list.status === "ready" && list.next !== undefined && <Button onClick={() => load(list.next)}>{t("inbox.more")}</Button>}
        </div>
      </div>
    </main>
  );
}

function Item({ message }: { message: Message }) {
  const [, go] = useLocation();
  const conversation = useStore((state) => state.conversations[message.conversation]);
  const title = conversation?.name ?? "";
  const unread = message.state !== "read" && (conversation?.mentions ?? 0) > 0;
  return (
    <li>
      <Excerpt author={message.author_name || title} seed={message.author} title={message.author_name === undefined ? undefined : title} at={message.sent_at}
        text={message.text} fresh={unread ? t("new") : undefined}
        onOpen={() => {
          askJump(placeOf(message), message.id);
          go(`/c/${message.conversation}${message.thread ? `?t=${message.thread}` : ""}`);
        }} />
    </li>
  );
}
