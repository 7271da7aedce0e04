// What the slice of mentions hangs into the screens.
import { Inbox } from "lucide-react";
import { lazy, Suspense } from "react";
import type { Conversation } from "~/api/types.ts";
import { Badge } from "~/kit/primitives/Badge.tsx";
import type { Hung, SendPart } from "~/slots/types.ts";
import type { State } from "~/stream/model.ts";
import { useStore } from "~/stream/store.ts";
import { meant, namesIn, rangesOf, sendOf } from "./named.ts";
import { people } from "./people.tsx";
import { t } from "./text.ts";
import "./ui/mention.css";

const Page = lazy(() => import("./ui/InboxPage.tsx").then((module) => ({ default: module.InboxPage })));

const send: SendPart = {
  id: "mention",
  goes({ conversation }, text) {
    const found = meant(conversation, text);
    return found.length > 0 ? { send: sendOf(found), row: { mentions: rangesOf(text, found) } } : undefined;
  },
  edited: (row, text) => sendOf(meant(row.conversation, text, namesIn(row))),
};

function Mark({ conversation: { mentions: count } }: { conversation: Conversation }) {
  return (
    <span className="badge mention-mark">
      <span aria-hidden="true">@</span>
      <span className="sr-only">{t("unread", { count })}</span>
    </span>
  );
}

const total = (state: State) => Object.values(state.conversations).reduce((sum, one) => sum + one.mentions, 0);

function InboxBadge() {
  const count = useStore(total);
  return <Badge count={count} label={t("unread", { count })} />;
}

export const mention: Hung = {
  completions: [people],
  sendParts: [send],
  listMarks: [{ id: "mention", place: "badge", Mark, when: ({ mentions }) => mentions > 0 }],
  listFilters: [
    { id: "mentions", rank: 10, label: () => t("filter"), use: () => (useStore(total) > 0 ? ({ mentions }) => mentions > 0 : undefined) },
  ],
  pages: [
    {
      id: "inbox",
      path: "/inbox",
      Page: () => (
        <Suspense>
          <Page />
        </Suspense>
      ),
      rail: { rank: 10, icon: <Inbox />, label: () => t("inbox"), to: "/inbox", Badge: InboxBadge },
    },
  ],
  commands: [{ id: "inbox", name: () => t("inbox.open"), run: (go) => go("/inbox") }],
};
