import { act } from "react";
import { createRoot } from "react-dom/client";
import { expect, it, vi } from "vitest";
import { useRegionKeys } from "./regions.ts";

function Page() {
  useRegionKeys();
  return (
    <>
      <nav data-region="">
        <a href="/one" id="one" />
        <a href="/two" id="two" aria-current="page" />
      </nav>
      <main data-region="" tabIndex={-1}>
        <button id="hidden" data-hidden="" />
        <textarea id="text" data-region-focus="" />
      </main>
      <aside data-region="" data-hidden="" />
    </>
  );
}

it("moves the focus round the regions that are shown, to the best place in each", () => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  vi.spyOn(Element.prototype, "getClientRects").mockImplementation(function (this: Element) {
    return (this.hasAttribute("data-hidden") ? [] : [{}]) as unknown as DOMRectList;
  });
  const place = document.createElement("div");
  document.body.append(place);
  const root = createRoot(place);
  act(() => root.render(<Page />));
  const press = (shiftKey = false) => {
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "F6", shiftKey, cancelable: true }));
    return document.activeElement?.id;
  };
  expect([press(), press(), press(), press(true)]).toEqual(["two", "text", "two", "text"]);
  act(() => root.unmount());
  place.remove();
});
