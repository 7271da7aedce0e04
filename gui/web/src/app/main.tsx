import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { chooseLocale, wantedLocales } from "~/i18n/locale.ts";
import "~/kit/tokens/tokens.css";
import "~/kit/base.css";
import { App } from "./App.tsx";

await chooseLocale(wantedLocales());
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
