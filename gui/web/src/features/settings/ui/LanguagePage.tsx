import { Card } from "~/kit/primitives/Card.tsx";
import { Choice } from "~/kit/primitives/Choice.tsx";
import { useSlice } from "~/stream/store.ts";
import type { PageSettings } from "~/api/types.ts";
import { pageState, setPage } from "../state.ts";
import { t } from "../text.ts";

const languages: PageSettings["language"][] = ["auto", "en", "es", "fr"];
const keys: PageSettings["send"][] = ["enter", "ctrl_enter"];

// LanguagePage chooses the language of the page and the key that sends.
export default function LanguagePage() {
  const { language, send } = useSlice(pageState, (part) => part);
  return (
    <Card about={t("page.about")}>
      <Choice<PageSettings["language"]> label={t("page.language")} value={language} onChange={(value) => void setPage({ language: value })}
        options={languages.map((value) => ({ value, label: t(`page.language.${value}`) }))} />
      <Choice<PageSettings["send"]> label={t("page.send")} value={send} onChange={(value) => void setPage({ send: value })}
        options={keys.map((value) => ({ value, label: t(`page.send.${value}`) }))} />
    </Card>
  );
}
