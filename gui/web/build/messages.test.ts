import { describe, expect, it } from "vitest";
import { formatRich, formatText } from "../src/i18n/format.ts";
import { compile, namespaceOf } from "./messages.ts";

const text = (message: string, values = {}, locale = "en") =>
  formatText(compile(message), values, locale).replace(/[\u2068\u2069]/g, "");

describe("compiled messages", () => {
  it("stay plain text when they hold nothing", () => {
    expect(compile("Chats")).toBe("Chats");
  });

  it("take values, isolated from the direction of the sentence", () => {
    expect(formatText(compile("Hi {name}!"), { name: "Ana" }, "en")).toBe("Hi \u2068Ana\u2069!");
  });

  it("choose the plural of the locale", () => {
    const message = "{count, plural, =0 {none} one {# message} other {# messages}}";
    expect([0, 1, 2, 1200].map((count) => text(message, { count }))).toEqual(["none", "1 message", "2 messages", "1,200 messages"]);
    const polish = "{count, plural, one {# plik} few {# pliki} many {# plików} other {# pliku}}";
    expect([1, 3, 5].map((count) => text(polish, { count }, "pl"))).toEqual(["1 plik", "3 pliki", "5 plików"]);
  });

  it("select, nest and wrap tags", () => {
    const message = compile("{who, select, me {You} other {<b>{name}</b>}} wrote");
    expect(formatRich(message, { who: "me" }, "en").join("")).toBe("You wrote");
    const rich = formatRich(message, { who: "x", name: "Ben", b: (children) => `[${String(children)}]` }, "en");
    expect(rich.join("")).toBe("[Ben] wrote");
  });

  it("fail the build when they are wrong", () => {
    expect(() => compile("{count, plural, one {#}}")).toThrow();
    expect(() => compile("{open")).toThrow();
  });

  it("belong to the folder that holds them", () => {
    expect(namespaceOf("/x/src/features/contact/messages.es.json")).toBe("contact");
  });
});
