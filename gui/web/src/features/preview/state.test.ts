import { beforeEach, describe, expect, it } from "vitest";
import { changeSlice, readSlice } from "~/stream/store.ts";
import { addressIn, hostOf, previews, refuse, goes, gone } from "./state.ts";

beforeEach(() => changeSlice(previews, () => previews.initial));

const url = "https://a.example/x";
const found = (preview: object) => changeSlice(previews, (part) => ({ ...part, looked: { c: { url, preview: { url, ...preview } } } }));

describe("previews of links", () => {
  it.each([
    [`see ${url}, please`, url],
    [`[here](${url}) and https://b.example`, url],
    [`- **${url}**`, url],
    ["mailto:a@b.example conclave:i/A www.a.example", undefined],
    [`\`${url}\``, undefined],
    [`\`\`\`\n${url}\n\`\`\``, undefined],
    [`||${url}||`, undefined],
    ["https://user@a.example", undefined],
    ["no address", undefined],
  ])("looks behind the address in %j", (text, want) => {
    expect(addressIn(text)).toBe(want);
  });

  it("sends what the person saw, once", () => {
    found({ title: "A" });
    const preview = { url, title: "A" };
    expect(goes("c", `see ${url}`)).toEqual({ send: { preview }, row: { preview } });
    expect(goes("c", url)).toBeDefined();
    gone("c");
    expect(goes("c", `see ${url}`)).toBeUndefined();
  });

  it("sends none of another address, of nothing, or that was taken away", () => {
    found({ title: "A" });
    expect(goes("c", "another text")).toBeUndefined();
    found({});
    expect(goes("c", url)).toBeUndefined();
    found({ title: "A" });
    refuse("c", url);
    expect(goes("c", url)).toBeUndefined();
    gone("c");
    expect(readSlice(previews).refused["c"]).toBeUndefined();
  });

  it("tells the host that the browser goes to", () => {
    expect([hostOf("https://0x7f.1/a"), hostOf("https://b\u00fccher.example/")]).toEqual(["127.0.0.1", "xn--bcher-kva.example"]);
  });
});
