import { expect, it } from "vitest";
import { shellOf } from "./worker.ts";

it("keeps what the first screens load, and nothing that is loaded later", () => {
  const chunk = (fileName: string, imports: string[] = [], css: string[] = [], isEntry = false) => ({
    [fileName]: { type: "chunk" as const, fileName, imports, isEntry, viteMetadata: { importedCss: new Set(css) } },
  });
  const bundle = {
    ...chunk("assets/index.js", ["assets/base.js"], ["assets/index.css"], true),
    ...chunk("assets/base.js", ["assets/index.js"], ["assets/base.css"]),
    ...chunk("assets/later.js", ["assets/base.js"], ["assets/later.css"]),
    ...chunk("sw.js", [], [], true),
  };
  expect(shellOf(bundle)).toEqual(["assets/base.css", "assets/base.js", "assets/index.css", "assets/index.js"]);
});
