// F6 moves between the regions of the page, as in other programs with panes.
import { useEffect } from "react";

const REGION = "[data-region]";

export function useRegionKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "F6" || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      moveRegion(event.shiftKey ? -1 : 1);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

function moveRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>(REGION)].filter(isShown);
  if (regions.length === 0) return;
  const current = regions.findIndex((region) => region.contains(document.activeElement));
  const start = current < 0 ? (step === 1 ? -1 : 0) : current;
  const next = regions[(start + step + regions.length) % regions.length];
  if (next) focusInside(next);
}

function focusInside(region: HTMLElement): void {
  const inner = region.querySelector<HTMLElement>(
    '[data-region-focus], [tabindex="0"], [aria-current="page"], textarea:enabled, input:enabled, button:enabled, a[href]',
  );
  (inner ?? region).focus();
}

function isShown(element: HTMLElement): boolean {
  return element.getClientRects().length > 0;
}
