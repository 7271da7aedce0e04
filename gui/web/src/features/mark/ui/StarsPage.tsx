import { Star as StarIcon, StarOff } from "lucide-react";
import { useLocation } from "wouter";
import type { Star } from "~/api/types.ts";
import { useListed } from "~/api/useListed.ts";
import { Button, IconButton } from "~/kit/primitives/Button.tsx";
import { Excerpt } from "~/kit/primitives/Excerpt.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { askJump } from "~/stream/jump.ts";
import { placeOf } from "~/stream/model.ts";
import { useSlice, useStore } from "~/stream/store.ts";
import { setStar, starsPage } from "../commands.ts";
import { marks } from "../state.ts";
import { t } from "../text.ts";
import "./mark.css";

// StarsPage lists the starred messages of all chats, the newest star first.
export function StarsPage() {
  const changes = useSlice(marks, (part) => part.starring);
  const [list, load] = useListed(starsPage, changes);
  const empty = list.status === "ready" && list.items.length === 0 && list.next === undefined;
  return (
    <main id="main" className="pane" data-region="" tabIndex={-1}>
      <header className="pane-head">
        <div className="pane-head-text">
          <h1>{t("starred")}</h1>
        </div>
      </header>
      <div className="sheet">
        <div className="sheet-column">
          {empty && (
            <div className="mark-empty">
              <StarIcon aria-hidden="true" />
              <p>{t("stars.none")}</p>
              <p className="muted">{t("stars.none.hint")}</p>
            </div>
          )}
          <ul className="mark-list" aria-label={t("starred")}>
            {list.items.map((star) => (
              <Item key={star.message.id} star={star} />
            ))}
          </ul>
          {list.status === "loading" && list.items.length === 0 && <Spinner />}
          {list.status === "error" && (
            <div role="alert">
              <p>{t("stars.error")}</p>
              <Button onClick={() => load()}>{t("retry")}</Button>
            </div>
          )}
          {list.status === "ready" && list.next !== undefined && <Button onClick={() => load(list.next)}>{t("stars.more")}</Button>}
        </div>
      </div>
    </main>
  );
}

function Item({ star: { message, title } }: { star: Star }) {
  const [, go] = useLocation();
  const me = useStore((state) => state.me?.acct);
  const author = message.author === me ? t("you") : message.author_name || title;
  return (
    <li>
      <Excerpt author={author} seed={message.author} title={title} at={message.sent_at} text={message.text}
        onOpen={() => {
          askJump(placeOf(message), message.id);
          go(`/c/${message.conversation}${message.thread ? `?t=${message.thread}` : ""}`);
        }} />
      <IconButton label={t("unstar")} icon={<StarOff />} onClick={() => void setStar(message, false)} />
    </li>
  );
}
