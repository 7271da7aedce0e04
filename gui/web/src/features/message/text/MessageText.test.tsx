import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clipText, clipTree, inUnits, treeOf } from "./parsed.ts";
import { MessageText } from "./MessageText.tsx";
import file from "./payloads.json";

let root: Root;
let place: HTMLElement;

beforeEach(() => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  place = document.createElement("div");
  document.body.append(place);
  root = createRoot(place);
});

afterEach(() => {
  act(() => root.unmount());
  place.remove();
});

function show(text: string, mentions?: { account: string; from: number; to: number }[], mine?: string): HTMLElement {
  act(() => root.render(<MessageText key={text} text={text} conversation="c" mentions={mentions} mine={mine} />));
  return place;
}

const isolates = (text: string | null) => (text ?? "").replace(/[\u2068\u2069]/g, "");

describe("a formatted text", () => {
  it("is made of elements", () => {
    const shown = show("**bold** *slanted* ~~gone~~ `code`\n\n> said\n\n- one\n- two\n\n3. three\n\n## head\n\n---");
    const found = [..."strong,em,del,code,blockquote,ul,ol,hr,.text-heading".split(",")].map((name) => shown.querySelector(name)?.textContent);
    expect(found).toEqual(["bold", "slanted", "gone", "code", "said", "onetwo", "three", "", "head"]);
    expect(shown.querySelector("ol")?.getAttribute("start")).toBe("3");
    expect(shown.querySelectorAll("li")).toHaveLength(3);
  });

  it("keeps what a spoiler covers out of the page until it is opened", () => {
    const shown = show("see ||the **end**|| now");
    expect(shown.textContent).not.toContain("end");
    const cover = shown.querySelector<HTMLButtonElement>("button.text-spoiler");
    expect(cover?.getAttribute("aria-label")).toBe("Hidden text. Show it");
    act(() => cover?.click());
    expect(shown.textContent).toBe("see the end now");
  });

  it.each([
    ["https://node.example/a", "https://node.example/a", ""],
    ["[here](https://evil.example/x)", "https://evil.example/x", " (evil.example)"],
    ["[https://bank.example](https://evil.example/)", "https://evil.example/", " (evil.example)"],
    ["[evil.example/x](https://evil.example/y)", "https://evil.example/y", ""],
    ["https://аррӏе.example/", "https://xn--80ak6aa92e.example/", " (xn--80ak6aa92e.example)"],
    ["[mail](mailto:a@b.example)", "mailto:a@b.example", " (a@b.example)"],
    ["http://a.example:80/", "http://a.example/", ""],
    ["https://0x7f.1/", "https://127.0.0.1/", " (127.0.0.1)"],
  ])("tells where %s leads", (text, href, host) => {
    const link = show(text).querySelector("a");
    expect(link?.getAttribute("href")).toBe(href);
    expect(link?.getAttribute("rel")).toBe("noopener noreferrer");
    expect(link?.getAttribute("target")).toBe("_blank");
    expect(isolates(link?.querySelector(".text-host")?.textContent ?? "")).toBe(host);
  });

  it("opens an invitation inside of the page", () => {
    const link = show("conclave:i/AAA~x").querySelector("a");
    expect([link?.getAttribute("href"), link?.getAttribute("target")]).toEqual(["/i#conclave:i/AAA~x", null]);
  });

  it("names what turns the direction of reading around", () => {
    const shown = show("pay \u202e001\u202c now");
    expect(shown.textContent).toBe("pay U+202E001U+202C now");
  });

  it("marks who is mentioned, and who reads", () => {
    const shown = show("é **@ana** @ben", [{ account: "a_1", from: 5, to: 9 }, { account: "a_2", from: 12, to: 16 }], "a_2");
    expect([...shown.querySelectorAll(".text-mention")].map((one) => [one.textContent, one.classList.contains("text-mention-mine")])).toEqual([
      ["@ana", false],
      ["@ben", true],
    ]);
  });

  it("counts bytes as the node does, and stops at half a character", () => {
    expect(inUnits("é😀x", [{ from: 0, to: 2 }, { from: 6, to: 7 }])).toEqual([{ from: 0, to: 1 }, { from: 3, to: 4 }]);
    expect(inUnits("é😀x", [{ from: 1, to: 2 }, { from: 6, to: 7 }])).toEqual([]);
  });

  it("shows code as it is, folded when it is long", () => {
    const code = Array.from({ length: 30 }, (_, index) => `line ${index} <b>`).join("\n");
    const shown = show(`\`\`\`go\n${code}\n\`\`\``);
    expect(shown.querySelector("pre")?.textContent?.split("\n")).toHaveLength(20);
    act(() => shown.querySelector<HTMLButtonElement>(".text-more")?.click());
    expect(shown.querySelector("pre")?.textContent).toBe(code);
  });

  it("folds a text of more than sixty lines, with or without marks", () => {
    for (const mark of ["", "**"]) {
      const text = Array.from({ length: 100 }, (_, index) => `${mark}line ${index}${mark}`).join("\n");
      const shown = show(text);
      expect(shown.querySelector(".message-text")?.textContent?.split("\n").length).toBeLessThanOrEqual(61);
      act(() => shown.querySelector<HTMLButtonElement>(".text-more")?.click());
      expect(shown.querySelector(".message-text")?.textContent).toContain("line 99");
    }
    expect(clipText("a\n".repeat(60).trimEnd())).toBeUndefined();
    expect(clipText("x".repeat(60_000))?.length).toBeLessThan(7000);
  });

  it("never cuts a spoiler open when it folds", () => {
    const text = `**a** ||${"secret\n".repeat(70)}secret|| end\n${"b\n".repeat(80)}`;
    const tree = treeOf(text);
    expect(tree && clipTree(tree)).toBeDefined();
    expect(show(text).textContent).not.toContain("secret");
  });

  it("reads a text once", () => {
    const text = "**once** only";
    expect(treeOf(text)).toBe(treeOf(text));
  });
});

describe("a hostile text", () => {
  const ELEMENTS = "a, b, bdi, blockquote, button, code, del, div, em, figure, hr, li, ol, p, pre, span, strong, svg, path, rect, ul";
  const SCHEMES = /^(?:https?:|mailto:|\/[ij]#conclave:)/;

  it.each(file.payloads)("shows %j and runs nothing", (text) => {
    const shown = show(text);
    for (const element of shown.querySelectorAll("*")) {
      expect(element.matches(ELEMENTS), element.tagName).toBe(true);
      for (const { name, value } of element.attributes) {
        expect(name.startsWith("on") || name === "style" || name === "src" || name === "srcdoc", name).toBe(false);
        if (name === "href") expect(SCHEMES.test(value), value).toBe(true);
      }
      if (element.tagName === "svg") expect(element.classList.contains("lucide"), "an icon of ours").toBe(true);
    }
    expect(shown.textContent).not.toBe("");
  });
});
