import { MapPin, Radio } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import type { SharedContact, ShownLocation } from "~/api/types.ts";
import { clockTime } from "~/i18n/time.ts";
import { say } from "~/kit/a11y/live.tsx";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { openDialog } from "~/slots/dialogs.tsx";
import type { Row } from "~/stream/model.ts";
import { useSlice, useStore } from "~/stream/store.ts";
import { live } from "../live.ts";
import { coordinates, geo } from "../share.ts";
import { t } from "../text.ts";
import "./share.css";

const AddCard = lazy(() => import("./AddCard.tsx"));

// RowShares stands under a message that carries a place or a card.
export default function RowShares({ row }: { row: Row }) {
  if (row.location) return row.location.live_until === undefined ? <Place place={row.location} /> : <LivePlace place={row.location} id={row.id} />;
  return row.card ? <Person card={row.card} /> : null;
}

// LivePlace is where its author is now, as long as it lasts.
function LivePlace({ place, id }: { place: ShownLocation; id: string }) {
  const until = place.live_until ?? "";
  const told = useSlice(live, (part) => part.moves[id]);
  const [over, setOver] = useState(Date.parse(until) <= Date.now());
  useEffect(() => {
    if (over) return;
    const timer = setTimeout(() => setOver(true), Math.max(0, Date.parse(until) - Date.now()));
    return () => clearTimeout(timer);
  }, [over, until]);
  const lasts = !over && !place.ended;
  const moved = lasts ? (told ?? place.moved) : undefined;
  const now = moved ? { ...place, latitude: moved.latitude, longitude: moved.longitude, accuracy: moved.accuracy ?? 0 } : place;
  const about = !lasts ? t("live.over") : moved ? t("live.moved", { time: clockTime(until), at: clockTime(moved.at) }) : t("live.until", { time: clockTime(until) });
  return <Place place={now} about={about} lasts={lasts} />;
}

function Place({ place, about, lasts = false }: { place: ShownLocation; about?: string; lasts?: boolean }) {
  const text = coordinates(place);
  return (
    <div className={`share ${lasts ? "share-live" : ""}`}>
      {lasts ? <Radio aria-hidden="true" /> : <MapPin aria-hidden="true" />}
      <div className="share-text">
        {about !== undefined && <span className="share-about">{about}</span>}
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
