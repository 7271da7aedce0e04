import { afterEach, describe, expect, it } from "vitest";
import { conversation } from "~/stream/fixtures/build.ts";
import { neighbour, readShortcut } from "./keys.ts";
import { search } from "./search.ts";

const press = (key: string, held: Partial<Record<"ctrlKey" | "metaKey" | "altKey" | "shiftKey", true>> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

function field(value: string): HTMLTextAreaElement {
  const area = document.createElement("textarea");
  area.value = value;
  return area;
}

afterEach(() => document.body.replaceChildren());

describe("keys", () => {
  it("open the palette with either modifier", () => {
    expect(readShortcut(press("k", { ctrlKey: true }), null)).toEqual({ does: "palette" });
    expect(readShortcut(press("k", { metaKey: true }), field("text"))).toEqual({ does: "palette" });
  });

  it("leave arrows to a field that holds text", () => {
    const down = press("ArrowDown", { altKey: true });
    expect(readShortcut(down, field("draft"))).toBeUndefined();
    expect(readShortcut(down, field(""))).toEqual({ does: "chat", step: 1, unread: false });
  });

  it("type a question mark into a field instead of opening the sheet", () => {
    expect(readShortcut(press("?", { shiftKey: true }), field(""))).toBeUndefined();
    expect(readShortcut(press("?", { shiftKey: true }), document.body)).toEqual({ does: "sheet" });
  });

  it("do nothing under an open dialog", () => {
    const dialog = document.createElement("dialog");
    dialog.setAttribute("open", "");
    document.body.append(dialog);
    expect(readShortcut(press("k", { ctrlKey: true }), null)).toBeUndefined();
  });

  it("step from chat to chat, and to the next unread one", () => {
    const chats = ["c_1", "c_2", "c_3"].map((id, index) => conversation({ id, unread: index === 2 ? 4 : 0 }));
    expect(neighbour(chats, "c_1", 1, false)).toBe("c_2");
    expect(neighbour(chats, "c_1", 1, true)).toBe("c_3");
    expect(neighbour(chats, "c_1", -1, false)).toBeUndefined();
    expect(neighbour(chats, undefined, -1, false)).toBe("c_3");
  });
});

it("finds names without their accents, those that begin so first", () => {
  const targets = ["Zoë Brandt", "Ána", "Brána", "Banu"].map((name) => ({ to: name, name }));
  expect(search(targets, "ana").map((one) => one.name)).toEqual(["Ána", "Brána"]);
  expect(search(targets, "b").map((one) => one.name)).toEqual(["Brána", "Banu", "Zoë Brandt"]);
});
