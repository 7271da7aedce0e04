import { Info, KeyRound, Mailbox, MonitorSmartphone, Palette, UserRound } from "lucide-react";
import { LeaveButton } from "~/features/account/ui/LeaveButton.tsx";
import { SecurityPage } from "~/features/account/ui/SecurityPage.tsx";
import { SessionsPage } from "~/features/account/ui/SessionsPage.tsx";
import { MyCard } from "~/features/contact/ui/MyCard.tsx";
import { MailboxesPage } from "~/features/mailbox/ui/MailboxesPage.tsx";
import { ProfileForm } from "~/features/profile/ui/ProfileForm.tsx";
import type { Me } from "~/api/types.ts";
import { Tag } from "~/kit/primitives/Badge.tsx";
import { useStore } from "~/stream/store.ts";
import { Lost } from "../shell/Lost.tsx";
import { ListPane, MainPane, Sheet } from "../shell/Panes.tsx";
import { t } from "../text.ts";
import { AboutPage } from "./AboutPage.tsx";
import { AppearancePage } from "./AppearancePage.tsx";
import { BackHead } from "./BackHead.tsx";
import { SectionList } from "./SectionList.tsx";

const sections = ["account", "security", "sessions", "mailboxes", "appearance", "about"] as const;
type SectionName = (typeof sections)[number];

const icons: Record<SectionName, React.ReactNode> = {
  account: <UserRound />,
  security: <KeyRound />,
  sessions: <MonitorSmartphone />,
  mailboxes: <Mailbox />,
  appearance: <Palette />,
  about: <Info />,
};

const pages: Record<SectionName, (props: { me: Me }) => React.ReactNode> = {
  account: ({ me }) => (
    <>
      <ProfileForm me={me} />
      <MyCard me={me} />
      <div>
        <LeaveButton me={me} />
      </div>
    </>
  ),
  security: ({ me }) => <SecurityPage me={me} />,
  sessions: () => <SessionsPage />,
  mailboxes: () => <MailboxesPage />,
  appearance: () => <AppearancePage />,
  about: ({ me }) => <AboutPage me={me} />,
};

export function SettingsPages({ section }: { section: string | undefined }) {
  const me = useStore((state) => state.me);
  const name = sections.find((one) => one === (section ?? "account"));
  if (!me) return null;
  if (!name) return <Lost />;
  const Page = pages[name];
  const dot = me.recovery_key === "confirmed" ? undefined : <Tag tone="warning">{t("settings.keynote")}</Tag>;
  return (
    <>
      <ListPane label={t("settings.title")}>
        <SectionList title={t("settings.title")} here={`/settings/${name}`}
          sections={sections.map((one) => ({
            to: `/settings/${one}`,
            label: t(`settings.${one}`),
            icon: icons[one],
            note: one === "security" ? dot : undefined,
          }))} />
      </ListPane>
      <MainPane name={name}>
        <Sheet head={<BackHead to="/settings" label={t("settings.back")} />}>
          <header className="sheet-intro">
            <h1>{t(`settings.${name}`)}</h1>
          </header>
          <Page me={me} />
        </Sheet>
      </MainPane>
    </>
  );
}
