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

// What takes the focus inside a region, the best first.
const CHOICES = ["[data-region-focus]", '[aria-current="page"]', "[data-roving][tabindex='0']", "textarea, input, button, a[href]"];

function focusInside(region: HTMLElement): void {
  for (const choice of CHOICES) {
    const found = [...region.querySelectorAll<HTMLElement>(choice)].find(isShown);
    if (!found) continue;
    found.focus();
    if (document.activeElement === found) return;
  }
  region.focus();
}

function isShown(element: HTMLElement): boolean {
  return element.getClientRects().length > 0;
}
