// What the slice of threads hangs into the screens: all but what a message shows of its thread is loaded when it is wanted.
import { MessageSquareText, MessagesSquare } from "lucide-react";
import { lazy, Suspense } from "react";
import { navigate } from "wouter/use-browser-location";
import type { Hung, RowAction } from "~/slots/types.ts";
import type { Row, State } from "~/stream/model.ts";
import { rowsOf } from "~/stream/selectors.ts";
import { getState } from "~/stream/store.ts";
import { t } from "./text.ts";

const Page = lazy(() => import("./ui/ThreadsPage.tsx"));
const Badge = lazy(() => import("./ui/ThreadsBadge.tsx"));
const RollUp = lazy(() => import("./ui/RollUp.tsx"));

const open = ({ conversation, id }: Pick<Row, "conversation" | "id">) => navigate(`/c/${conversation}?t=${id}`);
const roots = (row: Row) => row.kind === "text" && row.id !== "" && row.thread === undefined;
const newest = (state: State, conversation: string) => rowsOf(state, conversation).findLast(roots);

const answer: RowAction = {
  id: "thread",
  rank: 12,
  key: "t",
  bar: true,
  icon: <MessageSquareText className="mirrored" />,
  label: () => t("answer"),
  when: (row, { fixed, thread }) => !fixed && !thread && roots(row),
  run: open,
};

export const thread: Hung = {
  rowActions: [answer],
  rowParts: [
    {
      id: "thread",
      place: "below",
      Part: ({ row }) =>
        row.answers ? (
          <Suspense>
            <RollUp row={row} onOpen={open} />
          </Suspense>
        ) : null,
    },
  ],
  pages: [
    {
      id: "threads",
      path: "/threads",
      Page: () => (
        <Suspense>
          <Page />
        </Suspense>
      ),
      rail: {
        rank: 15,
        icon: <MessagesSquare />,
        label: () => t("threads"),
        to: "/threads",
        Badge: () => (
          <Suspense>
            <Badge />
          </Suspense>
        ),
      },
    },
  ],
  commands: [
    {
      id: "thread",
      keys: "T",
      name: () => t("newest"),
      when: (talk) => talk !== undefined && newest(getState(), talk.id) !== undefined,
      run: (_, talk) => {
        const row = talk && newest(getState(), talk.id);
        if (row) open(row);
      },
    },
    { id: "threads", name: () => t("threads.open"), run: (go) => go("/threads") },
  ],
};
