import { describe, expect, it } from "vitest";
import { pictureBlob, pictureUrl } from "./picture.ts";

describe("a picture inside an answer", () => {
  it("is taken byte by byte", async () => {
    const blob = pictureBlob("data:image/png;base64,iVBORwD/");
    expect(blob?.type).toBe("image/png");
    expect([...new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0))]).toEqual([137, 80, 78, 71, 0, 255]);
  });

  it.each([["nothing", ""], ["a page", "data:text/html;base64,PGI+"], ["a drawing with scripts", "data:image/svg+xml;base64,PHN2Zz4="], ["another site", "https://x.example/a.png"], ["half a text", "data:image/png;base64,!!"]])(
    "is not %s",
    (_what, data) => {
      expect(pictureUrl(data)).toBeUndefined();
    },
  );

  it("has one address however often it is drawn", () => {
    expect(pictureUrl("data:image/gif;base64,AAAA")).toBe(pictureUrl("data:image/gif;base64,AAAA"));
  });
});
