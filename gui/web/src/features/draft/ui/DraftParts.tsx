import { useEffect } from "react";
import type { Conversation } from "~/api/types.ts";
import { Button } from "~/kit/primitives/Button.tsx";
import type { Compose } from "~/slots/types.ts";
import { useSlice } from "~/stream/store.ts";
import { keepOwn, startKeeping, takeOther } from "../start.ts";
import { drafts } from "../state.ts";
import { t } from "../text.ts";
import "./draft.css";

// DraftKeeper keeps what is written while the page is signed in. It shows nothing.
export function DraftKeeper() {
  useEffect(startKeeping, []);
  return null;
}

// DraftLine stands in the list of chats for one that has a draft.
export function DraftLine({ conversation }: { conversation: Conversation }) {
  const draft = useSlice(drafts, (part) => part.known[conversation.id]);
  return (
    <>
      <span className="draft-mark">{t("preview")}</span> {draft?.text || t("preview.reply")}
    </>
  );
}

// ClashBar offers what another device wrote meanwhile.
export function ClashBar({ compose: { place, focus } }: { compose: Compose }) {
  const other = useSlice(drafts, (part) => part.clashes[place]);
  if (!other) return null;
  const then = (what: (conversation: string) => void) => () => {
    what(place);
    focus();
  };
  return (
    <div className="draft-clash" role="status">
      <p>
        {t("clash")} <bdi className="draft-other">{other.text}</bdi>
      </p>
      <Button look="plain" onClick={then(keepOwn)}>
        {t("clash.keep")}
      </Button>
      <Button onClick={then(takeOther)}>{t("clash.take")}</Button>
    </div>
  );
}
