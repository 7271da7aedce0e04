import { Info, KeyRound, Mailbox, MonitorSmartphone, Palette, UserRound } from "lucide-react";
import { lazy, Suspense } from "react";
import { LeaveButton } from "~/features/account/ui/LeaveButton.tsx";
import { MyCard } from "~/features/contact/ui/MyCard.tsx";
import { ProfileForm } from "~/features/profile/ui/ProfileForm.tsx";
import { Tag } from "~/kit/primitives/Badge.tsx";
import { slots } from "~/slots/slots.ts";
import type { SettingsPage } from "~/slots/types.ts";
import { useStore } from "~/stream/store.ts";
import { Lost } from "../shell/Lost.tsx";
import { ListPane, MainPane, Sheet } from "../shell/Panes.tsx";
import { t } from "../text.ts";
import { BackHead } from "./BackHead.tsx";
import { SectionList } from "./SectionList.tsx";

const SecurityPage = lazy(async () => ({ default: (await import("~/features/account/ui/SecurityPage.tsx")).SecurityPage }));
const SessionsPage = lazy(async () => ({ default: (await import("~/features/account/ui/SessionsPage.tsx")).SessionsPage }));
const MailboxesPage = lazy(async () => ({ default: (await import("~/features/mailbox/ui/MailboxesPage.tsx")).MailboxesPage }));
const AboutPage = lazy(async () => ({ default: (await import("./AboutPage.tsx")).AboutPage }));
const AppearancePage = lazy(async () => ({ default: (await import("./AppearancePage.tsx")).AppearancePage }));

const own: readonly SettingsPage[] = [
  {
    id: "account",
    rank: 10,
    icon: <UserRound />,
    label: () => t("settings.account"),
    Page: ({ me }) => (
      <>
        <ProfileForm me={me} />
        <MyCard me={me} />
        <div>
          <LeaveButton me={me} />
        </div>
      </>
    ),
  },
  { id: "security", rank: 20, icon: <KeyRound />, label: () => t("settings.security"), Page: SecurityPage },
  { id: "sessions", rank: 30, icon: <MonitorSmartphone />, label: () => t("settings.sessions"), Page: SessionsPage },
  { id: "mailboxes", rank: 60, icon: <Mailbox />, label: () => t("settings.mailboxes"), Page: MailboxesPage },
  { id: "appearance", rank: 70, icon: <Palette />, label: () => t("settings.appearance"), Page: AppearancePage },
  { id: "about", rank: 100, icon: <Info />, label: () => t("settings.about"), Page: AboutPage },
];

// settingsPages are ours and those that features hang in, in their order.
export function settingsPages(): readonly SettingsPage[] {
  return [...own, ...slots("settingsPages")].sort((a, b) => a.rank - b.rank);
}

export function SettingsPages({ section }: { section: string | undefined }) {
  const me = useStore((state) => state.me);
  const pages = settingsPages();
  const page = pages.find((one) => one.id === (section ?? "account"));
  if (!me) return null;
  if (!page) return <Lost />;
  const { id: name, Page } = page;
  const dot = me.recovery_key === "confirmed" ? undefined : <Tag tone="warning">{t("settings.keynote")}</Tag>;
  return (
    <>
      <ListPane label={t("settings.title")}>
        <SectionList title={t("settings.title")} here={`/settings/${name}`}
          sections={pages.map((one) => ({
            to: `/settings/${one.id}`,
            label: one.label(),
            icon: one.icon,
            note: one.id === "security" ? dot : undefined,
          }))} />
      </ListPane>
      <MainPane name={name}>
        <Sheet head={<BackHead to="/settings" label={t("settings.back")} />}>
          <header className="sheet-intro">
            <h1>{page.label()}</h1>
          </header>
          <Suspense>
            <Page me={me} />
          </Suspense>
        </Sheet>
      </MainPane>
    </>
  );
}
