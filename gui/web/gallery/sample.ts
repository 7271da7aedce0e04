// People and a picture for the gallery.
import type { Choosable } from "~/kit/primitives/Picker.tsx";

const NAMES = ["Ana Roth", "Ben Okafor", "Chiara Neri", "Dov Levi", "Eun-ji Park", "Farid Aziz", "Greta Holm", "Hugo Lima", "Ines Costa", "Jan Novak"];

export const PEOPLE: readonly Choosable[] = NAMES.map((name, index) => ({ id: `p${index + 1}`, name, note: `${name.split(" ")[0]?.toLowerCase() ?? ""}@chat.example.org` }));

let drawn: string | undefined;

// picture draws stripes in the colours of names, as a data URL.
export function picture(): string {
  drawn ??= draw();
  return drawn;
}

function draw(): string {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext("2d");
  if (!pen) return "";
  const probe = document.body.appendChild(document.createElement("span"));
  probe.style.forcedColorAdjust = "none";
  for (let stripe = 0; stripe < 8; stripe++) {
    probe.style.color = `var(--name-${stripe + 1})`;
    pen.fillStyle = getComputedStyle(probe).color;
    pen.fillRect(stripe * 8, 0, 8, 64);
  }
  probe.remove();
  return canvas.toDataURL("image/png");
}
