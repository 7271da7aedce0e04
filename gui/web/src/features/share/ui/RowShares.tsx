import { MapPin } from "lucide-react";
import { lazy, Suspense } from "react";
import type { SharedContact, SharedLocation } from "~/api/types.ts";
import { say } from "~/kit/a11y/live.tsx";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { openDialog } from "~/slots/dialogs.tsx";
import type { Row } from "~/stream/model.ts";
import { useStore } from "~/stream/store.ts";
import { coordinates, geo } from "../share.ts";
import { t } from "../text.ts";
import "./share.css";

const AddCard = lazy(() => import("./AddCard.tsx"));

// RowShares stands under a message that carries a place or a card.
export default function RowShares({ row }: { row: Row }) {
  if (row.location) return <Place place={row.location} />;
  return row.card ? <Person card={row.card} /> : null;
}

function Place({ place }: { place: SharedLocation }) {
  const text = coordinates(place);
  return (
    <div className="share">
      <MapPin aria-hidden="true" />
      <div className="share-text">
        {place.label ? <bdi className="share-name">{place.label}</bdi> : null}
        <bdi dir="ltr">{text}</bdi>
        {place.accuracy ? <span className="share-about">{t("location.near", { meters: place.accuracy })}</span> : null}
        <div className="share-actions">
          <a className="button button-plain" href={geo(place)} rel="noopener noreferrer" tabIndex={-1}>
            {t("location.open")}
          </a>
          <Button look="plain" tabIndex={-1} onClick={() => void navigator.clipboard.writeText(text).then(() => say(t("copied")))}>
            {t("location.copy")}
          </Button>
        </div>
      </div>
    </div>
  );
}

function Person({ card }: { card: SharedContact }) {
  const mine = useStore((state) => state.me?.acct) === card.account;
  const known = useStore((state) => state.contacts[card.account] !== undefined);
  const reachable = Boolean(card.link || card.address);
  return (
    <div className="share" role="group" aria-label={t("contact.card")}>
      <Avatar name={card.name} seed={card.account} />
      <div className="share-text">
        <bdi className="share-name">{card.name}</bdi>
        {card.address ? <bdi className="share-about" dir="ltr">{card.address}</bdi> : null}
        {mine || known ? (
          <span className="share-about">{t(mine ? "contact.self" : "contact.known")}</span>
        ) : (
          reachable && (
            <div className="share-actions">
              <Button look="plain" tabIndex={-1}
                onClick={() => openDialog((close) => (
                  <Suspense>
                    <AddCard card={card} onClose={close} />
                  </Suspense>
                ))}>
                {t("contact.add")}
              </Button>
            </div>
          )
        )}
      </div>
    </div>
  );
}
