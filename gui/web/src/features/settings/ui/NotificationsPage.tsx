import { BellOff, Plus } from "lucide-react";
import { useState } from "react";
import type { NotificationSettings } from "~/api/types.ts";
import { fullTime } from "~/i18n/time.ts";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { Switch } from "~/kit/primitives/Choice.tsx";
import { Select } from "~/kit/primitives/Select.tsx";
import { useSlice } from "~/stream/store.ts";
import { chime } from "../sound.ts";
import { endPause, notificationState, pauseFor, setNotifications } from "../state.ts";
import { t } from "../text.ts";
import { QuietRow } from "./QuietRow.tsx";
import "./notifier.css";

const previews: NotificationSettings["preview"][] = ["all", "name", "none"];
const MOST_HOURS = 14;

const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const zones = Intl.supportedValuesOf("timeZone");

// NotificationsPage says what the account wants to be told of, and when it does not.
export default function NotificationsPage() {
  const settings = useSlice(notificationState, (part) => part);
  const { hours, paused_until: pause } = settings;
  const paused = pause !== undefined && Date.parse(pause) > Date.now();
  return (
    <>
      <Card title={t("shown.title")} about={t("shown.about")}>
        <Permission />
        <Switch label={t("shown")} checked={settings.shown} onChange={(shown) => void setNotifications({ shown })} />
        <Switch label={t("sound")} checked={settings.sound}
          onChange={(sound) => {
            if (sound) chime();
            void setNotifications({ sound });
          }} />
        <Select<NotificationSettings["preview"]> label={t("preview")} value={settings.preview} onChange={(preview) => void setNotifications({ preview })}
          options={previews.map((value) => ({ value, label: t(`preview.${value}`) }))} />
      </Card>
      <Card title={t("quiet.title")} about={t("quiet.about")}
        actions={
          <Button icon={<Plus />} disabled={hours.length >= MOST_HOURS}
            onClick={() => void setNotifications({ hours: [...hours, { days: [1, 2, 3, 4, 5], from: "22:00", to: "07:00" }] })}>
            {t("quiet.add")}
          </Button>
        }>
        <div className="card-actions">
          {paused ? (
            <>
              <p>{t("pause.on", { time: fullTime(pause) })}</p>
              <Button onClick={() => void endPause()}>{t("pause.end")}</Button>
            </>
          ) : (
            [1, 8, 24].map((count) => (
              <Button key={count} icon={<BellOff />} onClick={() => void pauseFor(count)}>
                {t("pause.hours", { count })}
              </Button>
            ))
          )}
        </div>
        <Select label={t("zone")} value={settings.zone} onChange={(zone) => void setNotifications({ zone })}
          options={[{ value: "", label: t("zone.browser", { zone: browserZone }) }, ...zones.map((value) => ({ value, label: value }))]} />
        <ul className="quiet-rows">
          {hours.map((one, index) => (
            <li key={index}>
              <QuietRow hours={one}
                onChange={(next) => void setNotifications({ hours: hours.flatMap((other, at) => (at !== index ? [other] : next ? [next] : [])) })} />
            </li>
          ))}
        </ul>
      </Card>
    </>
  );
}

// Permission says what this browser allows, and asks it.
function Permission() {
  const [state, setState] = useState<NotificationPermission | "missing">(() => (typeof Notification === "undefined" ? "missing" : Notification.permission));
  if (state === "granted") return null;
  return (
    <div className="card-actions">
      <p className="muted">{t(`permission.${state}`)}</p>
      {state === "default" && (
        <Button look="solid" onClick={() => void Notification.requestPermission().then(setState)}>
          {t("permission.ask")}
        </Button>
      )}
    </div>
  );
}
