import { AtSign } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { useLocation } from "wouter";
import { api, call } from "~/api/http.ts";
import type { Message } from "~/api/types.ts";
import { fullTime, shortTime } from "~/i18n/time.ts";
import { nameColour } from "~/kit/primitives/Avatar.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Empty } from "~/kit/primitives/Card.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { askJump } from "~/stream/jump.ts";
import { useSlice, useStore } from "~/stream/store.ts";
import { mentions } from "../state.ts";
import { t } from "../text.ts";
import "./mention.css";

interface Listed {
  readonly items: readonly Message[];
  readonly next?: string | undefined;
  readonly status: "loading" | "ready" | "error";
}

const read = (before?: string) => call(api.GET("/api/v1/mentions", { params: { query: before === undefined ? {} : { before } } }));

// InboxPage lists the messages of all chats that mention the account, newest first.
export function InboxPage() {
  const [list, setList] = useState<Listed>({ items: [], status: "loading" });
  const came = useSlice(mentions, (part) => part.came);
  const load = useCallback((before?: string) => {
    setList((now) => ({ ...now, status: "loading" }));
    read(before).then(
      (page) => setList((now) => ({ items: before === undefined ? page.items : [...now.items, ...page.items], next: page.next, status: "ready" })),
      () => setList((now) => ({ ...now, status: "error" })),
    );
  }, []);
  useEffect(() => load(), [load, came]);
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
      <button type="button" className="mention-card" data-unread={unread ? "" : undefined}
        onClick={() => {
          askJump(message.conversation, message.id);
          go(`/c/${message.conversation}`);
        }}>
        <span className="mention-card-head">
          {unread && <span className="mention-dot" role="img" aria-label={t("new")} />}
          <bdi className={`mention-card-author name-${nameColour(message.author)}`}>{message.author_name || title}</bdi>
          {message.author_name !== undefined && <bdi className="mention-card-title">{title}</bdi>}
          <time className="muted small" dateTime={message.sent_at} title={fullTime(message.sent_at)}>
            {shortTime(message.sent_at)}
          </time>
        </span>
        <span className="mention-card-text" dir="auto">
          {message.text}
        </span>
      </button>
    </li>
  );
}
