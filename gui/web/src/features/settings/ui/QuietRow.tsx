import { Trash2 } from "lucide-react";
import type { QuietHours } from "~/api/types.ts";
import { currentLocale } from "~/i18n/locale.ts";
import { IconButton } from "~/kit/primitives/Button.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { t } from "../text.ts";

const SUNDAY = Date.UTC(2026, 1, 1);
const week = [1, 2, 3, 4, 5, 6, 0];

function dayName(day: number): string {
  return new Intl.DateTimeFormat(currentLocale(), { weekday: "short", timeZone: "UTC" }).format(SUNDAY + day * 86_400_000);
}

// QuietRow are hours of some days in which nothing disturbs; undefined removes them.
export function QuietRow({ hours, onChange }: { hours: QuietHours; onChange(next: QuietHours | undefined): void }) {
  const { days, from, to } = hours;
  const toggle = (day: number) => {
    const next = days.includes(day) ? days.filter((one) => one !== day) : [...days, day].sort();
    if (next.length > 0) onChange({ ...hours, days: next });
  };
  return (
    <fieldset className="quiet-row">
      <legend className="small">{t("quiet.row", { from, to })}</legend>
      <div className="quiet-days">
        {week.map((day) => (
          <label key={day}>
            <input type="checkbox" checked={days.includes(day)} onChange={() => toggle(day)} />
            {dayName(day)}
          </label>
        ))}
      </div>
      <div className="quiet-times">
        <Field label={t("quiet.from")} type="time" required value={from} onChange={(event) => event.target.value && onChange({ ...hours, from: event.target.value })} />
        <Field label={t("quiet.to")} type="time" required value={to} onChange={(event) => event.target.value && onChange({ ...hours, to: event.target.value })} />
        <IconButton label={t("quiet.remove", { from, to })} icon={<Trash2 />} onClick={() => onChange(undefined)} />
      </div>
    </fieldset>
  );
}
