// What the slice of snippets hangs into the screens.
import { TextQuote } from "lucide-react";
import { lazy } from "react";
import type { Hung } from "~/slots/types.ts";
import { readSlice } from "~/stream/store.ts";
import { matching, snippets } from "./state.ts";
import { t } from "./text.ts";

export const snippet: Hung = {
  completions: [
    {
      id: "snippet",
      trigger: "/",
      find: (typed) =>
        matching(readSlice(snippets), typed).map(({ id, name, text }) => ({
          key: `snippet ${id}`,
          label: `/${name}`,
          detail: text,
          icon: <TextQuote aria-hidden="true" />,
          insert: text,
        })),
    },
  ],
  settingsPages: [{ id: "snippets", rank: 55, icon: <TextQuote />, label: () => t("title"), Page: lazy(() => import("./ui/SnippetsPage.tsx")) }],
};
