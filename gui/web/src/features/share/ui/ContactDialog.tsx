import { useMemo } from "react";
import type { SharedContact } from "~/api/types.ts";
import { IconButton } from "~/kit/primitives/Button.tsx";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { useStore } from "~/stream/store.ts";
import { deliver } from "~/slots/outgoing.ts";
import { slots } from "~/slots/slots.ts";
import type { Where } from "~/slots/types.ts";
import { cardMessage } from "../share.ts";
import { t } from "../text.ts";

// ContactDialog passes somebody's card on, or the own one with the link that
// lets the other write at once.
export default function ContactDialog({ where, onClose }: { where: Where; onClose(): void }) {
  const me = useStore((state) => state.me);
  const contacts = useStore((state) => state.contacts);
  const cards = useMemo(() => {
    const all: { card: SharedContact; label: string }[] = [];
    if (me) {
      const name = me.display_name || me.name;
      all.push({ label: t("contact.me", { name }), card: { account: me.acct, name, ...(me.address ? { address: me.address } : {}), link: me.contact_link } });
    }
    for (const { acct, name, address, state } of Object.values(contacts)) {
      if (state === "accepted" && address) all.push({ label: name, card: { account: acct, name, address } });
    }
    return all;
  }, [me, contacts]);
  return (
    <Dialog title={t("contact.title")} closeLabel={t("close")} onClose={onClose}>
      <p className="muted">{t("contact.about")}</p>
      {cards.length === 0 && <p>{t("contact.none")}</p>}
      <ul className="share-people">
        {cards.map(({ card, label }) => (
          <li key={card.account}>
            <button type="button"
              onClick={() => {
                deliver(cardMessage(where, card));
                onClose();
              }}>
              <Avatar name={card.name} seed={card.account} />
              <bdi>{label}</bdi>
            </button>
            {slots("sendWays").map((way) => (
              <IconButton key={way.id} label={t("contact.way", { way: way.label(), name: label })} icon={way.icon} aria-haspopup="menu"
                onClick={(event) => way.send(() => cardMessage(where, card), event.currentTarget, onClose)} />
            ))}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
