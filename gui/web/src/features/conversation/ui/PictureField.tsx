import { Camera, ImagePlus } from "lucide-react";
import { useRef, useState } from "react";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { makePicture } from "../picture.ts";
import { t } from "../text.ts";

interface PictureFieldProps {
  name: string;
  seed: string;
  picture: string;
  onChange(picture: string): void;
}

// PictureField takes any picture and makes a small square one of it.
export function PictureField({ name, seed, picture, onChange }: PictureFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [problem, setProblem] = useState(false);
  const take = async (file: File | undefined) => {
    if (!file) return;
    const made = await makePicture(file);
    setProblem(made === undefined);
    if (made !== undefined) onChange(made);
  };
  const blank = name.trim() === "" && picture === "";
  return (
    <div className="picture-field">
      <button ref={button} type="button" className="picture-choose" title={t("picture.hint")}
        onClick={() => input.current?.click()}>
        <Avatar name={name.trim()} seed={seed} size="large" shape="square" picture={picture} {...(blank ? { icon: <ImagePlus /> } : {})} />
        {!blank && (
          <span className="picture-badge" aria-hidden="true">
            <Camera />
          </span>
        )}
        <span className="sr-only">{t(picture ? "picture.change" : "picture.choose")}</span>
      </button>
      <input ref={input} type="file" accept="image/*" aria-label={t("picture")} tabIndex={-1}
        onChange={(event) => {
          void take(event.target.files?.[0]);
          event.target.value = "";
        }} />
      {picture !== "" && (
        <Button look="plain"
          onClick={() => {
            onChange("");
            button.current?.focus();
          }}>
          {t("picture.remove")}
        </Button>
      )}
      {problem && (
        <p className="field-note" role="alert">
          {t("picture.problem")}
        </p>
      )}
    </div>
  );
}
