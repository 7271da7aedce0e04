import { ChevronLeft, ChevronRight } from "lucide-react";
import { useCallback, useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useLoaded } from "~/api/useLoaded.ts";
import { daysOf } from "~/features/message/commands.ts";
import { currentLocale } from "~/i18n/locale.ts";
import { Button, IconButton } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { t } from "../text.ts";
import { dayKey, monthGrid, step, weekDays } from "./month.ts";
import "./calendar.css";

interface CalendarProps {
  conversation: string;
  onDay(day: string): void;
  onClose(): void;
}

// Calendar jumps to a day. Days on which nothing was written cannot be chosen.
export default function Calendar({ conversation, onDay, onClose }: CalendarProps) {
  const read = useCallback(() => daysOf(conversation), [conversation]);
  const { data, error, reload } = useLoaded(read);
  return (
    <Dialog title={t("chat.calendar")} closeLabel={t("close")} onClose={onClose} className="calendar">
      {!data && !error && <Spinner />}
      {!data && error && (
        <div role="alert">
          <p>{t("chat.error")}</p>
          <Button onClick={reload}>{t("chat.retry")}</Button>
        </div>
      )}
      {data && data.length === 0 && <p className="muted">{t("chat.calendar.none")}</p>}
      {data && data.length > 0 && (
        <Months counts={new Map(data.map((one) => [one.day, one.count]))} first={data[0]?.day ?? ""} last={data.at(-1)?.day ?? ""}
          onDay={(day) => {
            onClose();
            onDay(day);
          }} />
      )}
    </Dialog>
  );
}

interface MonthsProps {
  counts: ReadonlyMap<string, number>;
  first: string;
  last: string;
  onDay(day: string): void;
}

function Months({ counts, first, last, onDay }: MonthsProps) {
  const [focus, setFocus] = useState(last);
  const [month, setMonth] = useState(last.slice(0, 7));
  const grid = useRef<HTMLTableElement>(null);
  const moved = useRef(false);
  const go = (day: string) => {
    const to = day < first ? first : day > last ? last : day;
    moved.current = true;
    setFocus(to);
    setMonth(to.slice(0, 7));
  };
  useEffect(() => {
    if (moved.current) grid.current?.querySelector<HTMLElement>(`[data-day="${focus}"]`)?.focus();
  }, [focus, month]);
  const onKeyDown = (event: KeyboardEvent) => {
    const rtl = getComputedStyle(event.currentTarget).direction === "rtl" ? -1 : 1;
    const by = { ArrowLeft: -1 * rtl, ArrowRight: rtl, ArrowUp: -7, ArrowDown: 7 }[event.key];
    if (by !== undefined) go(step(focus, { days: by }));
    else if (event.key === "PageUp") go(step(focus, { months: -1 }));
    else if (event.key === "PageDown") go(step(focus, { months: 1 }));
    else if (event.key === "Home") go(first);
    else if (event.key === "End") go(last);
    else return;
    event.preventDefault();
  };
  const title = new Intl.DateTimeFormat(currentLocale(), { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${month}-01T00:00:00Z`));
  const long = new Intl.DateTimeFormat(currentLocale(), { dateStyle: "full", timeZone: "UTC" });
  return (
    <div className="calendar-months">
      <div className="calendar-head">
        <IconButton label={t("chat.calendar.before")} icon={<ChevronLeft className="mirrored" />} disabled={month <= first.slice(0, 7)}
          onClick={() => setMonth(step(`${month}-01`, { months: -1 }).slice(0, 7))} />
        <h3 aria-live="polite">{title}</h3>
        <IconButton label={t("chat.calendar.after")} icon={<ChevronRight className="mirrored" />} disabled={month >= last.slice(0, 7)}
          onClick={() => setMonth(step(`${month}-01`, { months: 1 }).slice(0, 7))} />
      </div>
      <table ref={grid} className="calendar-grid" aria-label={title} onKeyDown={onKeyDown}>
        <thead>
          <tr>
            {weekDays(currentLocale()).map((one) => (
              <th key={one.long} scope="col" abbr={one.long}>
                {one.short}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {monthGrid(month, currentLocale()).map((week) => (
            <tr key={week[0]?.key}>
              {week.map(({ key, number, inside }) => {
                const count = counts.get(key) ?? 0;
                const name = t("chat.calendar.day", { day: long.format(new Date(`${key}T00:00:00Z`)), count });
                return (
                  <td key={key}>
                    {inside && (
                      <button type="button" data-day={key} aria-disabled={count === 0} aria-label={name} tabIndex={key === focus ? 0 : -1}
                        aria-current={key === dayKey(new Date()) ? "date" : undefined} onClick={() => count > 0 && onDay(key)}>
                        {number}
                      </button>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
