import { LocateFixed } from "lucide-react";
import { useState, type ChangeEvent, type FormEvent } from "react";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { Choice } from "~/kit/primitives/Choice.tsx";
import { deliver } from "~/slots/outgoing.ts";
import { SendWays } from "~/slots/SendWays.tsx";
import type { Where } from "~/slots/types.ts";
import { begin, MINUTES, type Minutes } from "../going.ts";
import { liveMessage, placeMessage, readPlace } from "../share.ts";
import { t } from "../text.ts";

type Lasts = Minutes | "0";

// LocationDialog sends a place: where the browser says one is, or any other.
export default function LocationDialog({ where, onClose }: { where: Where; onClose(): void }) {
  const [latitude, setLatitude] = useState("");
  const [longitude, setLongitude] = useState("");
  const [label, setLabel] = useState("");
  const [accuracy, setAccuracy] = useState<number>();
  const [lasts, setLasts] = useState<Lasts>("0");
  const [problem, setProblem] = useState<string>();
  const here = () => {
    setProblem(t("location.finding"));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setLatitude(coords.latitude.toFixed(5));
        setLongitude(coords.longitude.toFixed(5));
        setAccuracy(Math.min(20_000_000, Math.ceil(coords.accuracy)));
        setProblem(undefined);
      },
      () => setProblem(t("location.none")),
      { timeout: 10_000 },
    );
  };
  const typed = (set: (value: string) => void) => (event: ChangeEvent<HTMLInputElement>) => {
    set(event.target.value);
    setAccuracy(undefined);
  };
  const message = () => {
    const place = readPlace(latitude, longitude, label);
    if (place) return placeMessage(where, accuracy === undefined ? place : { ...place, accuracy });
    setProblem(t("location.wrong"));
    return undefined;
  };
  // A live one begins where one is now.
  const set = () => {
    setProblem(t("location.finding"));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const until = new Date(Date.now() + Number(lasts) * 60_000).toISOString();
        const place = { latitude: coords.latitude, longitude: coords.longitude, accuracy: Math.min(20_000_000, Math.ceil(coords.accuracy)), live_until: until };
        begin(where.conversation, until);
        deliver(liveMessage(where, place));
        onClose();
      },
      () => setProblem(t("location.none")),
      { timeout: 10_000 },
    );
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (lasts !== "0") return set();
    const made = message();
    if (!made) return;
    deliver(made);
    onClose();
  };
  return (
    <Dialog title={t("location.title")} closeLabel={t("close")} onClose={onClose}>
      <form className="share-form" onSubmit={submit} noValidate>
        <p className="muted">{t("location.about")}</p>
        {"geolocation" in navigator && (
          <Choice label={t("live.for")} value={lasts} onChange={(value: Lasts) => setLasts(value)}
            options={(["0", ...MINUTES] as readonly Lasts[]).map((value) => ({ value, label: t(`live.${value}`) }))} />
        )}
        {lasts !== "0" ? (
          <p className="muted">{t("live.about")}</p>
        ) : (
          <>
            {"geolocation" in navigator && (
              <Button icon={<LocateFixed />} onClick={here}>
                {t("location.here")}
              </Button>
            )}
            <Field label={t("location.latitude")} value={latitude} inputMode="decimal" onChange={typed(setLatitude)} />
            <Field label={t("location.longitude")} value={longitude} inputMode="decimal" onChange={typed(setLongitude)} />
            <Field label={t("location.label")} value={label} maxLength={50} onChange={(event) => setLabel(event.target.value)} />
          </>
        )}
        {problem !== undefined && <Alert tone="info">{problem}</Alert>}
        <div className="card-actions">
          <Button look="solid" type="submit">
            {t("send")}
          </Button>
          {lasts === "0" && <SendWays message={message} onDone={onClose} />}
          <Button onClick={onClose}>{t("cancel")}</Button>
        </div>
      </form>
    </Dialog>
  );
}
