import { Image, X } from "lucide-react";
import { useId } from "react";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { IconButton } from "~/kit/primitives/Button.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { pictureUrl } from "~/kit/picture.ts";
import type { Compose } from "~/slots/types.ts";
import { useSlice } from "~/stream/store.ts";
import { attached, setAttached } from "../attached.ts";
import { standing } from "./attach.ts";
import { t } from "./text.ts";
import "./picture.css";

const LONGEST_ALT = 300; // characters

// Attachment stands over the composer: the picture that goes with the message, and what it shows in words.
export default function Attachment({ compose }: { compose: Compose }) {
  const { place, editing } = compose;
  const one = useSlice(attached, (all) => all[place]);
  const id = useId();
  if (!one || editing) return null;
  const { picture, problem } = one;
  const remove = () => {
    setAttached(place, undefined);
    compose.focus();
  };
  return (
    <>
      {problem && (
        <div className="attached-problem">
          <Alert tone="info">{t(`${problem}`)}</Alert>
          <IconButton label={t("dismiss")} icon={<X />} onClick={() => (picture ? setAttached(place, { picture, alt: one.alt, text: one.text }) : remove())} />
        </div>
      )}
      {one.busy && <Spinner />}
      {picture && (
        <div className="attached" role="group" aria-label={t("goes")}>
          <span className="attached-frame">
            <img src={pictureUrl(picture.data)} alt={one.alt || t("picture")} width={picture.width} height={picture.height} />
          </span>
          <div className="attached-words">
            <label htmlFor={id}>{t("alt")}</label>
            <input id={id} value={one.alt} dir="auto" maxLength={LONGEST_ALT} placeholder={t("alt.hint")} autoComplete="off"
              onChange={(event) => setAttached(place, { ...one, alt: event.target.value, text: standing(event.target.value) })}
              onKeyDown={(event) => {
                if (event.nativeEvent.isComposing) return;
                if (event.key === "Enter") compose.send();
                else if (event.key === "Escape") remove();
                else return;
                event.preventDefault();
              }} />
            <p className="attached-about">
              <Image aria-hidden="true" />
              {t(picture.redrawn ? "redrawn" : "kept", { width: picture.width, height: picture.height, kib: Math.max(1, Math.round(picture.bytes / 1024)) })}
            </p>
          </div>
          <IconButton label={t("remove")} icon={<X />} onClick={remove} />
        </div>
      )}
    </>
  );
}
