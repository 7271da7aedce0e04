import { Card } from "~/kit/primitives/Card.tsx";
import { Choice } from "~/kit/primitives/Choice.tsx";
import { setLook, useLook, type Look } from "../appearance.ts";
import { t } from "../text.ts";

const themes: Look["theme"][] = ["system", "light", "dark"];
const contrasts: Look["contrast"][] = ["system", "normal", "high"];
const densities: Look["density"][] = ["comfortable", "compact", "dense"];
const sizes: Look["text"][] = ["85", "100", "115", "130", "150"];
const layouts: Look["messages"][] = ["auto", "rows", "bubbles"];

export function AppearancePage() {
  const look = useLook();
  return (
    <Card about={t("look.about")} title={t("look.title")}>
      <Choice<Look["theme"]> label={t("look.theme")} value={look.theme} onChange={(theme) => setLook({ theme })}
        options={themes.map((value) => ({ value, label: t(`look.theme.${value}`) }))} />
      <Choice<Look["contrast"]> label={t("look.contrast")} value={look.contrast} onChange={(contrast) => setLook({ contrast })}
        options={contrasts.map((value) => ({ value, label: t(`look.contrast.${value}`) }))} />
      <Choice<Look["density"]> label={t("look.density")} value={look.density} onChange={(density) => setLook({ density })}
        options={densities.map((value) => ({ value, label: t(`look.density.${value}`) }))} />
      <Choice<Look["text"]> label={t("look.text")} value={look.text} onChange={(text) => setLook({ text })}
        options={sizes.map((value) => ({ value, label: `${value} %` }))} />
      <Choice<Look["messages"]> label={t("look.messages")} value={look.messages} onChange={(messages) => setLook({ messages })}
        options={layouts.map((value) => ({ value, label: t(`look.messages.${value}`) }))} />
    </Card>
  );
}
