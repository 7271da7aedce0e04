import { Link2, RefreshCw, Settings, Users } from "lucide-react";
import { useEffect } from "react";
import type { Conversation, Group, Sync } from "~/api/types.ts";
import { isIn, lowestFor, may, mayDelete } from "~/features/conversation/rights.ts";
import { syncLine } from "~/features/conversation/sync.ts";
import { DangerZone } from "~/features/conversation/ui/DangerZone.tsx";
import { GroupAbout } from "~/features/conversation/ui/GroupAbout.tsx";
import { GroupSettings } from "~/features/conversation/ui/GroupSettings.tsx";
import { SyncPanel } from "~/features/conversation/ui/SyncPanel.tsx";
import { InvitePanel } from "~/features/invite/ui/InvitePanel.tsx";
import { loadMembers } from "~/features/member/commands.ts";
import { AddPeople } from "~/features/member/ui/AddPeople.tsx";
import { MemberList } from "~/features/member/ui/MemberList.tsx";
import { Requests } from "~/features/member/ui/Requests.tsx";
import { Transfer } from "~/features/member/ui/Transfer.tsx";
import { unnamed } from "~/stream/members.ts";
import { getState, useStore } from "~/stream/store.ts";
import { SidePanel } from "../shell/Panes.tsx";
import { t } from "../text.ts";
import { HungRows, PanelRow } from "./PanelRows.tsx";
import type { PanelPage, PANELS } from "./panels.ts";
import "./grouppanel.css";

interface GroupPanelProps {
  conversation: Conversation;
  group: Group;
  page: PanelPage;
  onPage(page: PanelPage | undefined): void;
}

// GroupPanel joins what the features know of a group: an overview, and a page
// for each thing that can be managed.
export default function GroupPanel({ conversation, group, page, onPage }: GroupPanelProps) {
  const title = page === "info" ? t("group.panel", { kind: conversation.kind }) : t(`group.${page as Exclude<(typeof PANELS)[number], "info">}`);
  return (
    <SidePanel key={page} title={title} onClose={() => onPage(undefined)} {...(page === "info" ? {} : { onBack: () => onPage("info") })}
      fill={page === "people"}>
      {page === "info" && <Overview conversation={conversation} group={group} />}
      {page === "people" && <People conversation={conversation} group={group} />}
      {page === "invites" &&
        (may(group, "invite") ? (
          <InvitePanel conversation={conversation.id} />
        ) : (
          <p className="muted">{t("group.invites.closed", { role: t(`roles.${lowestFor(group.policy, "invite")}`) })}</p>
        ))}
      {page === "settings" && <GroupSettings conversation={conversation} />}
      {page === "sync" && conversation.sync && <SyncPage id={conversation.id} sync={conversation.sync} />}
    </SidePanel>
  );
}

function Overview({ conversation, group }: { conversation: Conversation; group: Group }) {
  const { id, sync } = conversation;
  const inside = isIn(group);
  const line = sync && syncLine(sync);
  return (
    <>
      <GroupAbout conversation={conversation} />
      {may(group, "add") && <Requests conversation={id} updated={conversation} />}
      <nav className="group-nav" aria-label={t("group.pages")}>
        <PanelRow to={`/c/${id}?p=people`} icon={<Users />} label={t("group.people")} note={String(group.members)} />
        {inside && may(group, "invite") && <PanelRow to={`/c/${id}?p=invites`} icon={<Link2 />} label={t("group.invites")} />}
        <PanelRow to={`/c/${id}?p=settings`} icon={<Settings />} label={t("group.settings")} />
        <HungRows conversation={conversation} />
        {line && <PanelRow to={`/c/${id}?p=sync`} icon={<RefreshCw />} label={t("group.sync")} note={line.text} tone={line.tone} />}
      </nav>
      {mayDelete(group) && (
        <div className="button-rows group-transfer">
          <Transfer conversation={conversation} />
        </div>
      )}
      <DangerZone conversation={conversation} />
    </>
  );
}

function People({ conversation, group }: { conversation: Conversation; group: Group }) {
  const adds = may(group, "add");
  return (
    <>
      {adds ? (
        <>
          <AddPeople conversation={conversation} group={group} />
          <Requests conversation={conversation.id} updated={conversation} />
        </>
      ) : (
        isIn(group) && <p className="muted small">{t("group.add.closed", { role: t(`roles.${lowestFor(group.policy, "add")}`) })}</p>
      )}
      <MemberList conversation={conversation} />
    </>
  );
}

// SyncPage knows people as the list of members and the contacts name them.
function SyncPage({ id, sync }: { id: string; sync: Sync }) {
  const contacts = useStore((state) => state.contacts);
  const members = useStore((state) => state.members[id]?.items);
  useEffect(() => {
    if (getState().members[id] === undefined) void loadMembers(id, "");
  }, [id]);
  const nameOf = (acct: string) => contacts[acct]?.name || members?.find((one) => one.account === acct && !unnamed(one))?.name;
  return <SyncPanel sync={sync} nameOf={nameOf} />;
}
