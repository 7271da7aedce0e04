// Takes files that were pasted, dropped or chosen: a picture that can be made small enough goes with the message.
import { shrink, type Step } from "~/kit/drawing.ts";
import { readSlice } from "~/stream/store.ts";
import { attached, setAttached } from "../attached.ts";
import { t } from "./text.ts";

const SIDES = [1280, 1024, 800, 640, 480];
const QUALITIES = [0.82, 0.65, 0.5];
const STEPS: readonly Step[] = SIDES.flatMap((side) => QUALITIES.map((quality) => ({ side, quality })));

export async function attach(place: string, files: readonly File[]): Promise<void> {
  const before = readSlice(attached)[place];
  const keep = { alt: before?.alt ?? "", text: before?.text ?? "", ...(before?.picture && { picture: before.picture }) };
  const [file] = files;
  if (!file) return;
  if (files.length > 1) return setAttached(place, { ...keep, problem: "many" });
  setAttached(place, { ...keep, busy: true });
  const made = await shrink(file, STEPS);
  if (!readSlice(attached)[place]) return; // taken away meanwhile
  if (made === undefined || made === "large") setAttached(place, { ...keep, problem: made ?? "file" });
  else setAttached(place, { picture: made, alt: "", text: standing("") });
}

// standing is the text of a message that is a picture and nothing else, for lists and programs that show none.
export function standing(alt: string): string {
  return alt.trim() === "" ? t("text") : t("text.alt", { alt: alt.trim() }).replace(/[\u2068\u2069]/g, "");
}

export function choose(place: string): void {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = "image/*";
  input.onchange = () => void attach(place, [...(input.files ?? [])]);
  input.click();
}
