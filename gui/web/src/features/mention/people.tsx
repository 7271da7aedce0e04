// Offers people and words behind an @.
import { AtSign, Users } from "lucide-react";
import { api, call } from "~/api/http.ts";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { openDialog } from "~/slots/dialogs.tsx";
import type { Completed, Completion } from "~/slots/types.ts";
import { getState } from "~/stream/store.ts";
import { choose, mayMentionAll, SMALL, unchoose, type Named } from "./named.ts";
import { t } from "./text.ts";

export const people: Completion = { id: "mention", trigger: "@", find };

const FEW = 8;

async function find(typed: string, id: string): Promise<Completed[]> {
  const { conversations, me } = getState();
  const conversation = conversations[id];
  if (!conversation) return [];
  if (conversation.with !== undefined) {
    const { name, with: account } = conversation;
    return name.toLocaleLowerCase().startsWith(typed.toLocaleLowerCase()) ? [person(id, account, name)] : [];
  }
  const { items } = await call(
    api.GET("/api/v1/conversations/{conversation}/members", {
      params: { path: { conversation: id }, query: { limit: FEW, ...(typed ? { query: typed } : {}) } },
    }),
  );
  const words = mayMentionAll(conversation) ? (["all", "here"] as const).filter((word) => word.startsWith(typed)) : [];
  return [
    ...items.flatMap(({ account, name }) => (account === me?.acct ? [] : [person(id, account, name)])).slice(0, FEW - words.length),
    ...words.map((name) => word(id, name, conversation.group?.members ?? 0)),
  ];
}

function person(conversation: string, account: string, name: string): Completed {
  return {
    key: account,
    label: name,
    icon: <Avatar name={name} seed={account} size="small" />,
    insert: `@${name} `,
    chosen: () => choose(conversation, { name, account }),
  };
}

function word(conversation: string, name: "all" | "here", members: number): Completed {
  return {
    key: name,
    label: name,
    detail: name === "all" ? t("all.detail", { count: members }) : t("here.detail"),
    icon: name === "all" ? <Users aria-hidden="true" /> : <AtSign aria-hidden="true" />,
    insert: `@${name} `,
    chosen: () => {
      const named: Named = { name, word: name };
      choose(conversation, named);
      if (members > SMALL) ask(members, () => unchoose(conversation, named));
    },
  };
}

// ask lets somebody think again who is about to mention many.
function ask(count: number, undo: () => void): void {
  openDialog((close) => {
    const no = () => {
      undo();
      close();
    };
    return (
      <Dialog title={t("all.ask.title")} closeLabel={t("close")} onClose={no}>
        <p>{t("all.ask.text", { count })}</p>
        <div className="card-actions">
          <Button look="soft" onClick={no}>
            {t("all.ask.no")}
          </Button>
          <Button onClick={close}>{t("all.ask.yes")}</Button>
        </div>
      </Dialog>
    );
  });
}
