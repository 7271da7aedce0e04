import { expect, it } from "vitest";
import { alone, gone, goes, setAttached } from "./attached.ts";

const picture = { data: "data:image/webp;base64,AA==", type: "image/webp", width: 4, height: 2, bytes: 1, redrawn: true };

it("sends a picture once, and says where the text only stands for it", () => {
  setAttached("c", { picture, alt: " A hill ", text: "Picture: A hill" });
  expect(alone("c")).toBe("Picture: A hill");
  expect(goes("other", "text")).toBeUndefined();
  const sent = goes("c", "Picture: A hill");
  expect(sent?.send.picture).toEqual({ data: picture.data, alt: "A hill", alone: true });
  expect(sent?.row.picture).toMatchObject({ width: 4, height: 2, alone: true });
  expect(alone("c")).toBe("Picture: A hill");
  gone("c");
  expect([goes("c", "again"), alone("c")]).toEqual([undefined, undefined]);
});

it("keeps a text that was written beside a picture", () => {
  setAttached("c", { picture, alt: "", text: "Picture" });
  expect(goes("c", "look at this")?.send.picture).toEqual({ data: picture.data });
});

it("sends none while there is none, only a refusal", () => {
  setAttached("c", { alt: "", text: "", problem: "file" });
  expect([alone("c"), goes("c", "text")]).toEqual([undefined, undefined]);
});

it("keeps a picture that is still being made for the next message", () => {
  setAttached("c", { alt: "", text: "", busy: true });
  gone("c");
  setAttached("c", { picture, alt: "", text: "Picture" });
  expect(goes("c", "text")).toBeDefined();
});
