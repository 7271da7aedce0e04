import { MessagesSquare } from "lucide-react";
import { useLocation } from "wouter";
import type { FollowedThread } from "~/api/types.ts";
import { useListed } from "~/api/useListed.ts";
import { fullTime, shortTime } from "~/i18n/time.ts";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Empty } from "~/kit/primitives/Card.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { useSlice, useStore } from "~/stream/store.ts";
import { threadsPage } from "../reading.ts";
import { threads } from "../views.ts";
import { t } from "./text.ts";
import "./threads.css";

// ThreadsPage lists the threads of all chats that the account follows: those with something new first.
export default function ThreadsPage() {
  const changes = useSlice(threads, (part) => part.changes);
  const [list, load] = useListed(threadsPage, changes);
  return (
    <main id="main" className="pane" data-region="" tabIndex={-1}>
      <header className="pane-head">
        <div className="pane-head-text">
          <h1>{t("threads")}</h1>
        </div>
      </header>
      <div className="sheet">
        <div className="sheet-column">
          {list.status === "ready" && list.items.length === 0 && list.next === undefined && (
            <Empty icon={<MessagesSquare />} title={t("threads.none")}>
              {t("threads.none.hint")}
            </Empty>
          )}
          {list.items.length > 0 && (
            <ul className="threads" aria-label={t("threads.list")}>
              {list.items.map((one) => (
                <Item key={one.id} one={one} />
              ))}
            </ul>
          )}
          {list.status === "loading" && list.items.length === 0 && <Spinner />}
          {list.status === "error" && (
            <div role="alert">
              <p>{t("threads.error")}</p>
              <Button onClick={() => load()}>{t("retry")}</Button>
            </div>
          )}
          {list.status === "ready" && list.next !== undefined && <Button onClick={() => load(list.next)}>{t("threads.more")}</Button>}
        </div>
      </div>
    </main>
  );
}

function Item({ one: { conversation: id, id: root, root: said, last, answers } }: { one: FollowedThread }) {
  const [, go] = useLocation();
  const conversation = useStore((state) => state.conversations[id]);
  const me = useStore((state) => state.me?.acct);
  const title = conversation?.name ?? "";
  const nameOf = (author: string | undefined, name: string | undefined) => (author === me ? t("you") : name || (conversation?.group ? t("someone") : title));
  return (
    <li>
      <button type="button" className="threads-item" data-fresh={answers.unread > 0 || undefined} onClick={() => go(`/c/${id}?t=${root}`)}>
        <span className="threads-head">
          <bdi className="threads-title">{title}</bdi>
          <time className="muted small" dateTime={answers.last_at} title={fullTime(answers.last_at)}>
            {shortTime(answers.last_at)}
          </time>
        </span>
        <span className="threads-root" dir="auto">
          {said.deleted ? <em className="muted">{t("threads.gone")}</em> : <strong>{t("threads.last", { name: nameOf(said.author, said.author_name), text: said.text })}</strong>}
        </span>
        {last && (
          <span className="threads-last" dir="auto">
            {t("threads.last", { name: nameOf(last.author, last.author_name), text: last.text })}
          </span>
        )}
        <span className="threads-foot">
          <span className="threads-faces">
            {answers.faces.map(({ account, name }) => (
              <Avatar key={account} name={name} seed={account} size="small" />
            ))}
          </span>
          <span className="muted small">{t("count", { count: answers.count })}</span>
          {answers.unread > 0 && <span className="threads-new">{t("threads.new", { count: answers.unread })}</span>}
        </span>
      </button>
    </li>
  );
}
