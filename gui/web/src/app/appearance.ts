// How the page looks, kept in this browser. public/theme.js applies it before
// the first paint; this file changes it and follows the system afterwards.
import { useSyncExternalStore } from "react";

export interface Look {
  theme: "system" | "light" | "dark";
  contrast: "system" | "normal" | "high";
  density: "comfortable" | "compact" | "dense";
  text: "85" | "100" | "115" | "130" | "150";
  messages: "auto" | "rows" | "bubbles";
}

const KEY = "conclave.look";
const usual: Look = { theme: "system", contrast: "system", density: "comfortable", text: "100", messages: "auto" };

let look: Look = { ...usual, ...read() };
const listeners = new Set<() => void>();
const moreContrast = matchMedia("(prefers-contrast: more)");
moreContrast.addEventListener("change", apply);
window.addEventListener("storage", (event) => {
  if (event.key !== KEY) return;
  look = { ...usual, ...read() };
  apply();
});

export function useLook(): Look {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => look,
  );
}

export function setLook(change: Partial<Look>): void {
  look = { ...look, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(look));
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  apply();
}

function apply(): void {
  const { dataset } = document.documentElement;
  dataset["theme"] = look.theme;
  dataset["density"] = look.density;
  dataset["text"] = look.text;
  dataset["contrast"] = look.contrast === "system" ? (moreContrast.matches ? "high" : "normal") : look.contrast;
  for (const listener of listeners) listener();
}

function read(): Partial<Look> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Look>;
  } catch {
    return {};
  }
}
