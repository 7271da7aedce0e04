import { UserRound } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Conversation, Member } from "~/api/types.ts";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Tag } from "~/kit/primitives/Badge.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { SearchBox } from "~/kit/primitives/Picker.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { VirtualList } from "~/kit/virtual/VirtualList.tsx";
import { stale, unnamed } from "~/stream/members.ts";
import { useStore } from "~/stream/store.ts";
import { loadMembers, loadMore } from "../commands.ts";
import { t } from "../text.ts";
import { MemberDialog } from "./MemberDialog.tsx";
import "./member.css";

const PATIENCE = 200; // milliseconds between a key and the question to the node
const SEARCH_FROM = 10;

// MemberList shows the people of a group; each opens what can be done.
export function MemberList({ conversation }: { conversation: Conversation }) {
  const { id, name, group } = conversation;
  const list = useStore((state) => state.members[id]);
  const mine = useStore((state) => state.me?.acct);
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState<string>();
  const missing = list === undefined;
  const asked = useRef<string>(undefined);
  useEffect(() => {
    const query = typed.trim();
    if (!missing && asked.current === query) return;
    const timer = setTimeout(
      () => {
        asked.current = query;
        void loadMembers(id, query);
      },
      asked.current === undefined || missing ? 0 : PATIENCE,
    );
    return () => clearTimeout(timer);
  }, [id, typed, missing]);
  // Each number of members is asked for once: a list that never agrees with it is not read for ever.
  const count = group?.members ?? 0;
  const outdated = stale(list, count);
  const seen = useRef<number>(undefined);
  useEffect(() => {
    if (!outdated || seen.current === count) return;
    const timer = setTimeout(() => {
      seen.current = count;
      void loadMembers(id, "");
    }, PATIENCE);
    return () => clearTimeout(timer);
  }, [id, outdated, count]);
  if (!group) return null;
  const items = list?.items ?? [];
  const chosen = items.find((one) => one.account === open);
  return (
    <>
      {(group.members >= SEARCH_FROM || typed !== "") && <SearchBox label={t("search")} value={typed} onChange={setTyped} />}
      {list?.status === "error" ? (
        <div className="member-state" role="alert">
          <p>{t("error")}</p>
          <Button onClick={() => void loadMembers(id, typed.trim())}>{t("again")}</Button>
        </div>
      ) : items.length > 0 ? (
        <VirtualList<Member> label={t("list", { name })} items={items} keyOf={(one) => one.account} className="member-list"
          {...(list?.next === undefined ? {} : { onEnd: () => void loadMore(id) })}
          row={(member, { tabbable }) => (
            <MemberRow member={member} mine={member.account === mine} tabbable={tabbable} onOpen={() => setOpen(member.account)} />
          )} />
      ) : list?.status === "ready" ? (
        <p className="muted member-state" role="status">
          {t("none")}
        </p>
      ) : (
        <div className="member-state" aria-busy="true">
          <Spinner />
        </div>
      )}
      {chosen && <MemberDialog conversation={conversation} group={group} member={chosen} mine={mine} onClose={() => setOpen(undefined)} />}
    </>
  );
}

interface RowProps {
  member: Member;
  mine: boolean;
  tabbable: boolean;
  onOpen(): void;
}

function MemberRow({ member, mine, tabbable, onOpen }: RowProps) {
  const away = !mine && !member.local && !member.connected;
  const nameless = !mine && unnamed(member);
  const note = mine ? t("you") : nameless ? t(away ? "unnamed.away" : "unnamed") : away ? t("away") : undefined;
  return (
    <button type="button" className="member-row" data-roving="" tabIndex={tabbable ? 0 : -1} onClick={onOpen}>
      <Avatar name={member.name} seed={member.account} {...(nameless ? { icon: <UserRound /> } : {})} />
      <span className="member-text">
        <bdi className={nameless ? "code muted" : "member-name"}>{member.name}</bdi>
        {note !== undefined && <span className="muted small">{note}</span>}
      </span>
      {member.role !== "member" && <Tag>{t(`role.${member.role}`)}</Tag>}
    </button>
  );
}
