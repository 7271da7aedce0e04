import { UserX } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Link, useLocation } from "wouter";
import { ContactDetails } from "~/features/contact/ui/ContactDetails.tsx";
import { ContactList } from "~/features/contact/ui/ContactList.tsx";
import { FindContact } from "~/features/contact/ui/FindContact.tsx";
import { InviteLanding } from "~/features/contact/ui/InviteLanding.tsx";
import { MyCard } from "~/features/contact/ui/MyCard.tsx";
import { RequestCard } from "~/features/contact/ui/RequestCard.tsx";
import { t as contactText } from "~/features/contact/text.ts";
import { readGroupLink } from "~/features/invite/link.ts";
import { Card, Empty } from "~/kit/primitives/Card.tsx";
import { useStore } from "~/stream/store.ts";
import { PanelRows } from "../chat/PanelRows.tsx";
import { BackHead } from "../settings/BackHead.tsx";
import { ListPane, MainPane, Sheet } from "../shell/Panes.tsx";
import { t } from "../text.ts";

const GroupLanding = lazy(() => import("~/features/invite/ui/GroupLanding.tsx").then((module) => ({ default: module.GroupLanding })));

const ADD = "add";

export function ContactPages({ acct, link }: { acct: string | undefined; link?: string }) {
  return (
    <>
      <ListPane label={t("nav.contacts")}>
        <ContactList />
      </ListPane>
      <MainPane name={acct ?? ADD}>
        {link !== undefined ? (
          <Landing link={link} />
        ) : acct === undefined || acct === ADD ? (
          <AddContact />
        ) : (
          <OneContact acct={acct} />
        )}
      </MainPane>
    </>
  );
}

export function AddContact() {
  const me = useStore((state) => state.me);
  const first = useStore((state) => Object.keys(state.contacts).length === 0);
  const [group, setGroup] = useState<string>();
  if (!me) return null;
  if (group !== undefined) {
    return (
      <Sheet head={<BackHead to="/contacts" label={t("nav.contacts")} />}>
        <Suspense>
          <GroupLanding link={group} onBack={() => setGroup(undefined)} />
        </Suspense>
      </Sheet>
    );
  }
  return (
    <Sheet head={<BackHead to="/contacts" label={t("nav.contacts")} />}>
      <header className="sheet-intro">
        <h1>{contactText(first ? "first.title" : "add")}</h1>
        <p className="muted">{contactText("first.text")}</p>
      </header>
      <FindContact
        onOther={(typed) => {
          const link = readGroupLink(typed);
          setGroup(link);
          return link !== undefined;
        }} />
      <MyCard me={me} />
    </Sheet>
  );
}

function OneContact({ acct }: { acct: string }) {
  const contact = useStore((state) => state.contacts[acct]);
  const conversation = useStore((state) => (contact ? state.conversations[contact.conversation] : undefined));
  if (!contact) {
    return (
      <Empty icon={<UserX />} level={1} title={t("lost.title")}
        action={
          <Link href="/contacts" className="button button-soft">
            {t("nav.contacts")}
          </Link>
        }>
        {t("lost.text")}
      </Empty>
    );
  }
  return (
    <Sheet head={<BackHead to="/contacts" label={t("nav.contacts")} />}>
      {contact.state === "requested" ? (
        <RequestCard contact={contact} />
      ) : (
        <Card>
          <h1 className="sr-only">{contact.name}</h1>
          <ContactDetails contact={contact} withChat>
            {conversation && <PanelRows conversation={conversation} />}
          </ContactDetails>
        </Card>
      )}
    </Sheet>
  );
}

function Landing({ link }: { link: string }) {
  const [, go] = useLocation();
  return (
    <Sheet>
      <InviteLanding link={link} signedIn onBack={() => go("/")} onLogIn={() => go("/unlock")} />
    </Sheet>
  );
}
