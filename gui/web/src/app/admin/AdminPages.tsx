import { Activity, Ticket, Users } from "lucide-react";
import { lazy, Suspense } from "react";
import { useStore } from "~/stream/store.ts";
import { BackHead } from "../settings/BackHead.tsx";
import { SectionList } from "../settings/SectionList.tsx";
import { Lost } from "../shell/Lost.tsx";
import { ListPane, MainPane, Sheet } from "../shell/Panes.tsx";
import { t } from "../text.ts";

const sections = ["node", "accounts", "invites"] as const;
type SectionName = (typeof sections)[number];

const icons: Record<SectionName, React.ReactNode> = { node: <Activity />, accounts: <Users />, invites: <Ticket /> };

const pages: Record<SectionName, React.ComponentType> = {
  node: lazy(() => import("~/features/admin/ui/NodePage.tsx").then((module) => ({ default: module.NodePage }))),
  accounts: lazy(() => import("~/features/admin/ui/AccountsPage.tsx").then((module) => ({ default: module.AccountsPage }))),
  invites: lazy(() => import("~/features/admin/ui/InvitesPage.tsx").then((module) => ({ default: module.InvitesPage }))),
};

export function AdminPages({ section }: { section: string | undefined }) {
  const owner = useStore((state) => state.me?.owner === true);
  const name = sections.find((one) => one === (section ?? "node"));
  if (!name || !owner) return <Lost />;
  const Page = pages[name];
  return (
    <>
      <ListPane label={t("admin.title")}>
        <SectionList title={t("admin.title")} here={`/admin/${name}`}
          sections={sections.map((one) => ({ to: `/admin/${one}`, label: t(`admin.${one}`), icon: icons[one] }))} />
      </ListPane>
      <MainPane name={name}>
        <Sheet head={<BackHead to="/admin" label={t("admin.back")} />}>
          <header className="sheet-intro">
            <h1>{t(`admin.${name}`)}</h1>
          </header>
          <Suspense>
            <Page />
          </Suspense>
        </Sheet>
      </MainPane>
    </>
  );
}
