import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { chooseLocale } from "~/i18n/locale.ts";
import "~/kit/tokens/tokens.css";
import "~/kit/base.css";
import { App } from "./App.tsx";

await chooseLocale(navigator.languages);
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
