import { UserPlus, Users } from "lucide-react";
import { Link, useRoute } from "wouter";
import type { Contact } from "~/api/types.ts";
import { useRoving } from "~/kit/a11y/roving.ts";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Empty } from "~/kit/primitives/Card.tsx";
import { PaneSubtitle, PaneTitle } from "~/kit/primitives/PaneTitle.tsx";
import { contactsByName } from "~/stream/selectors.ts";
import { useStore } from "~/stream/store.ts";
import { t } from "../text.ts";
import "~/kit/primitives/list.css";

export function ContactList() {
  const all = useStore(contactsByName);
  const [, params] = useRoute("/contacts/:acct");
  const roving = useRoving<HTMLDivElement>();
  const groups = [
    { title: t("requests"), items: all.filter((one) => one.state === "requested") },
    { title: t("people"), items: all.filter((one) => one.state === "accepted" || one.state === "pending") },
    { title: t("blocked"), items: all.filter((one) => one.state === "blocked") },
  ].filter((group) => group.items.length > 0);
  const open = params?.acct;
  const stop = all.some((one) => one.acct === open) ? open : groups[0]?.items[0]?.acct;
  return (
    <>
      <header className="list-head">
        <PaneTitle>{t("title")}</PaneTitle>
        <Link href="/contacts/add" className="icon-button" aria-label={t("add")} title={t("add")}>
          <UserPlus aria-hidden="true" />
        </Link>
      </header>
      {groups.length === 0 ? (
        <Empty icon={<Users />} title={t("empty.title")}
          action={
            <Link href="/contacts/add" className="button button-soft">
              {t("add")}
            </Link>
          }>
          {t("empty.text")}
        </Empty>
      ) : (
        <div className="list" {...roving}>
          {groups.map((group) => (
            <section key={group.title} aria-label={group.title}>
              <PaneSubtitle>{group.title}</PaneSubtitle>
              <ul>
                {group.items.map((contact) => (
                  <ContactRow key={contact.acct} contact={contact} open={contact.acct === open}
                    tabbable={contact.acct === stop} />
                ))}
              </ul>
            </section>
          ))}
        </div>
      )}
    </>
  );
}

function ContactRow({ contact, open, tabbable }: { contact: Contact; open: boolean; tabbable: boolean }) {
  const note = contact.state === "pending" ? t("state.pending") : contact.address;
  return (
    <li>
      <Link href={`/contacts/${contact.acct}`} className="list-row" data-roving="" tabIndex={tabbable ? 0 : -1}
        aria-current={open ? "page" : undefined}>
        <Avatar name={contact.name} seed={contact.acct} />
        <span className="list-row-main">
          <bdi className="list-row-name">{contact.name}</bdi>
          {note !== contact.name && <span className="list-row-preview">{note}</span>}
        </span>
      </Link>
    </li>
  );
}
