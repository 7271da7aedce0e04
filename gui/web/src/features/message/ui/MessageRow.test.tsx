import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { message } from "~/stream/fixtures/build.ts";
import type { Row } from "~/stream/model.ts";
import { hang } from "~/slots/slots.ts";
import { message as hung } from "../hung.tsx";
import { MessageRow } from "./MessageRow.tsx";

let root: Root;
let place: HTMLElement;

beforeEach(() => {
  hang([hung]);
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  place = document.createElement("div");
  document.body.append(place);
  root = createRoot(place);
});

afterEach(() => {
  act(() => root.unmount());
  place.remove();
});

function show(change: Partial<Row>, own = false): HTMLElement {
  const row: Row = { ...message("m_1"), key: "m_1", ...change };
  act(() =>
    root.render(
      <MessageRow row={row} own={own} author={own ? "Ana" : "Ben"} other="Ben" first last count={1} notices={[]} note={undefined}
        position={1} total={1} tabbable />,
    ),
  );
  return place.querySelector("article") as HTMLElement;
}

describe("a message", () => {
  it.each(["  indented\n\n  twice ", "<img src=x onerror=alert(1)>", "2 * 3 * 4 < 5", "e\u0301\u200d", "a\tb", "javascript:alert(1)"])(
    "shows %j as it is",
    (text) => {
      const article = show({ text });
      expect(article.querySelector(".message-text")?.textContent).toBe(text);
      expect(article.querySelectorAll("img, a, b, strong")).toHaveLength(0);
    },
  );

  it("has a name with author, text and state", () => {
    const name = show({ text: "hello", state: "delivered" }, true).getAttribute("aria-label") ?? "";
    expect(name.replace(/[\u2068\u2069]/g, "")).toMatch(/^You, .+, hello, Delivered$/);
  });

  it("says why it was not sent and offers another try", () => {
    const article = show({ state: "refused", reason: "too large" }, true);
    expect(article.textContent?.replace(/[\u2068\u2069]/g, "")).toContain("Not sent: too large");
    expect([...article.querySelectorAll(".message-failure button")].map((one) => one.textContent)).toEqual(["Try again", "Delete"]);
  });

  it("says that it was edited, and offers to edit to its author alone", () => {
    const plain = (text: string | null) => (text ?? "").replace(/[\u2068\u2069]/g, "");
    const buttons = (article: HTMLElement) => [...article.querySelectorAll("button")].map((one) => one.getAttribute("aria-label") ?? one.textContent);
    const ours = show({ text: "now", edited_at: "2026-03-01T10:05:00.000Z" }, true);
    expect(buttons(ours)).toEqual(["edited"]);
    act(() => ours.focus());
    expect(buttons(ours)).toEqual(["edited", "Reply", "Copy text", "Edit", "More"]);
    expect(plain(ours.getAttribute("aria-label"))).toMatch(/, now, edited, /);
    expect(buttons(show({ text: "now" }))).toEqual(["Reply", "Copy text"]);
    expect(buttons(show({ text: "now", id: "", state: "queued" }, true))).toEqual(["Copy text"]);
    act(() => ours.blur());
    expect(buttons(ours)).toEqual([]);
  });

  it("never shows the raw form of what it cannot read", () => {
    expect(show({ kind: "waiting", text: "RAW" }).textContent).toBe("Waiting for this message");
    expect(show({ kind: "unknown", text: "RAW" }).textContent).not.toContain("RAW");
  });
});
