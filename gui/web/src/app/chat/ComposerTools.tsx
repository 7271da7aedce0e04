import { useEffect, useRef, type KeyboardEvent } from "react";
import type { Compose, ComposerPart } from "~/slots/types.ts";
import { t } from "../text.ts";

// ComposerTools are the buttons that features hang beside the box: one stop of the Tab key, arrows go from one to the next.
export function ComposerTools({ compose, parts }: { compose: Compose; parts: readonly ComposerPart[] }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const all = buttonsIn(bar.current);
    const stop = all.find((one) => one === document.activeElement) ?? all[0];
    for (const one of all) one.tabIndex = one === stop ? 0 : -1;
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const all = buttonsIn(bar.current);
    const now = all.findIndex((one) => one === document.activeElement);
    const forward = getComputedStyle(event.currentTarget).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const step = event.key === forward ? 1 : event.key === "ArrowLeft" || event.key === "ArrowRight" ? -1 : 0;
    const next = all[(now + step + all.length) % all.length];
    if (step === 0 || now < 0 || !next) return;
    for (const one of all) one.tabIndex = one === next ? 0 : -1;
    next.focus();
    event.preventDefault();
  };
  if (parts.length === 0) return null;
  return (
    <div className="composer-tools" role="toolbar" aria-label={t("composer.tools")} ref={bar} onKeyDown={onKeyDown}>
      {parts.map(({ id, Part }) => (
        <Part key={id} compose={compose} />
      ))}
    </div>
  );
}

function buttonsIn(bar: HTMLElement | null): HTMLElement[] {
  return [...(bar?.querySelectorAll<HTMLElement>("button") ?? [])].filter((one) => !one.closest("dialog"));
}
