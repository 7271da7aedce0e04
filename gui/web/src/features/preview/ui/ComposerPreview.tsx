import { X } from "lucide-react";
import { useEffect } from "react";
import { Button, IconButton } from "~/kit/primitives/Button.tsx";
import type { Compose } from "~/slots/types.ts";
import { useSlice } from "~/stream/store.ts";
import { addressIn, choose, forget, hostOf, know, later, look, previews, refuse, shows } from "../state.ts";
import { t } from "../text.ts";
import { Card } from "./Card.tsx";

const PAUSE = 500; // milliseconds without a key press

// ComposerPreview stands over the composer while there is an address in what
// is written: first the question, then what goes with the message.
export default function ComposerPreview({ compose }: { compose: Compose }) {
  const { place, text, editing } = compose;
  const choice = useSlice(previews, (part) => part.choice);
  const putOff = useSlice(previews, (part) => part.later);
  const looked = useSlice(previews, (part) => part.looked[place]);
  const refused = useSlice(previews, (part) => part.refused[place]);
  const linked = !editing && /https?:/i.test(text);
  useEffect(() => {
    if (linked && !choice) void know();
  }, [linked, choice]);
  const asking = choice?.mode === "ask" && !putOff;
  const wanted = linked && choice?.allowed === true && (choice.mode === "on" || asking);
  const address = wanted ? addressIn(text) : undefined;
  useEffect(() => {
    if (address === undefined || address === refused) {
      if (looked && address === undefined) forget(place);
      return;
    }
    if (choice?.mode !== "on") return;
    const timer = setTimeout(() => void look(place, address), PAUSE);
    return () => clearTimeout(timer);
  }, [address, refused, choice?.mode, place]);
  if (address === undefined || address === refused) return null;
  if (asking) return <Question />;
  if (looked?.url !== address) return null;
  if (!looked.preview) return <p className="preview-note">{t("looking", { host: hostOf(address) })}</p>;
  if (!shows(looked.preview)) return null;
  return (
    <div className="preview-draft" role="group" aria-label={t("goes")}>
      <div className="preview">
        <Card preview={looked.preview} />
      </div>
      <IconButton label={t("remove")} icon={<X />} onClick={() => refuse(place, address)} />
    </div>
  );
}

function Question() {
  return (
    <div className="preview-ask" role="group" aria-label={t("ask")}>
      <p className="preview-title">{t("ask")}</p>
      <p className="preview-about">{t("ask.about")}</p>
      <div>
        <Button look="solid" onClick={() => void choose("on")}>
          {t("ask.yes")}
        </Button>
        <Button onClick={() => void choose("off")}>{t("ask.no")}</Button>
        <Button look="plain" onClick={later}>
          {t("ask.later")}
        </Button>
      </div>
    </div>
  );
}
