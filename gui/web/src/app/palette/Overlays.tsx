import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { useLocation } from "wouter";
import { getState } from "~/stream/store.ts";
import { listed } from "~/stream/selectors.ts";
import { neighbour, readShortcut } from "./keys.ts";

const loadPalette = () => import("./Palette.tsx");
const Palette = lazy(() => loadPalette().then((module) => ({ default: module.Palette })));
const KeySheet = lazy(async () => ({ default: (await import("./KeySheet.tsx")).KeySheet }));

type Open = "palette" | "sheet" | undefined;

// Overlays holds what opens over every section, and the keys that do.
export function Overlays() {
  const [open, setOpen] = useState<Open>();
  const [path, go] = useLocation();
  useEffect(() => {
    void loadPalette(); // what is typed behind its key is not lost
  }, []);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const shortcut = readShortcut(event, document.activeElement);
      if (!shortcut) return;
      event.preventDefault();
      switch (shortcut.does) {
        case "palette":
        case "sheet":
          return setOpen(shortcut.does);
        case "go":
          return go(shortcut.to);
        case "chat": {
          const next = neighbour(listed(getState()), path.split("/")[2], shortcut.step, shortcut.unread);
          if (next) go(`/c/${next}`);
        }
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [path, go]);
  const close = useCallback(() => setOpen(undefined), []);
  const sheet = useCallback(() => setOpen("sheet"), []);
  return <Suspense>{open === "palette" ? <Palette onClose={close} onSheet={sheet} /> : open === "sheet" && <KeySheet onClose={close} />}</Suspense>;
}
