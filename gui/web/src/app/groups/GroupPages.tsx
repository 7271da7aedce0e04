import { lazy, Suspense, type ReactNode } from "react";
import { useLocation } from "wouter";
import type { GroupKind } from "~/api/types.ts";
import { ConversationList } from "~/features/conversation/ui/ConversationList.tsx";
import { BackHead } from "../settings/BackHead.tsx";
import { ListPane, MainPane, Sheet } from "../shell/Panes.tsx";
import { t } from "../text.ts";

const CreateGroup = lazy(() => import("~/features/conversation/ui/CreateGroup.tsx").then((module) => ({ default: module.CreateGroup })));
const PublicGroups = lazy(() => import("~/features/invite/ui/PublicGroups.tsx").then((module) => ({ default: module.PublicGroups })));
const GroupLanding = lazy(() => import("~/features/invite/ui/GroupLanding.tsx").then((module) => ({ default: module.GroupLanding })));

// NewGroup, FindGroups and JoinGroup are pages beside the list of chats.
export function NewGroup({ kind }: { kind: GroupKind }) {
  return (
    <Page name={`new ${kind}`} title={t(`new.${kind}`)} about={t(`new.about.${kind}`)}>
      <CreateGroup key={kind} kind={kind} />
    </Page>
  );
}

export function FindGroups() {
  return (
    <Page name="groups" title={t("groups.title")} about={t("groups.about")}>
      <PublicGroups />
    </Page>
  );
}

export function JoinGroup({ link }: { link: string }) {
  const [, go] = useLocation();
  return (
    <Page name={link}>
      <GroupLanding key={link} link={link} onBack={() => go("/")} />
    </Page>
  );
}

function Page({ name, title, about, children }: { name: string; title?: string; about?: string; children: ReactNode }) {
  return (
    <>
      <ListPane label={t("nav.chats")}>
        <ConversationList />
      </ListPane>
      <MainPane name={name}>
        <Sheet head={<BackHead to="/" label={t("nav.chats")} />}>
          {title !== undefined && (
            <header className="sheet-intro">
              <h1>{title}</h1>
              {about !== undefined && <p className="muted">{about}</p>}
            </header>
          )}
          <Suspense>{children}</Suspense>
        </Sheet>
      </MainPane>
    </>
  );
}
