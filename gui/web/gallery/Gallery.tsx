import { useState } from "react";
import { LiveRegions } from "~/kit/a11y/live.tsx";
import { Select } from "~/kit/primitives/Select.tsx";
import { applyLook, LOOKS, PARTS, readLook, type Part } from "./look.ts";
import { Avatars } from "./sections/Avatars.tsx";
import { Buttons } from "./sections/Buttons.tsx";
import { Choices } from "./sections/Choices.tsx";
import { Fields } from "./sections/Fields.tsx";
import { Lists } from "./sections/Lists.tsx";
import { Messages } from "./sections/Messages.tsx";
import { Pictures } from "./sections/Pictures.tsx";
import { Popups } from "./sections/Popups.tsx";
import { Surfaces } from "./sections/Surfaces.tsx";
import { Texts } from "./sections/Texts.tsx";
import "./gallery.css";

const NAMES: Record<Part, string> = { theme: "Theme", contrast: "Contrast", density: "Density", text: "Text size", dir: "Direction" };

export function Gallery() {
  const [look, setLook] = useState(() => readLook(location.search));
  const choose = (part: Part, value: string) => {
    const next = { ...look, [part]: value };
    setLook(next);
    applyLook(next);
  };
  return (
    <>
      <header className="gallery-head">
        <h1>The kit</h1>
        <div className="gallery-looks">
          {PARTS.map((part) => (
            <Select key={part} label={NAMES[part]} value={look[part]} options={LOOKS[part].map((value) => ({ value, label: value }))}
              onChange={(value) => choose(part, value)} />
          ))}
        </div>
      </header>
      <main className="gallery">
        <Buttons />
        <Fields />
        <Choices />
        <Avatars />
        <Messages />
        <Surfaces />
        <Popups />
        <Lists />
        <Pictures />
        <Texts />
      </main>
      <LiveRegions />
    </>
  );
}
