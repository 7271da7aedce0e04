// Tells the service worker which files the frame of the page needs, and gives it a version that changes with any of them.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Plugin } from "vite";

const WORKER = "sw.js";
const PLACE = "__SHELL__";

interface Made {
  readonly type: "asset" | "chunk";
  readonly fileName: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
  readonly viteMetadata?: { readonly importedCss: ReadonlySet<string> };
}

// shellOf gives the files that the first screens load, without what is loaded when it is asked for.
export function shellOf(bundle: Readonly<Record<string, Made>>): string[] {
  const found = new Set<string>();
  const take = (name: string) => {
    const made = bundle[name];
    if (!made || found.has(name)) return;
    found.add(name);
    for (const css of made.viteMetadata?.importedCss ?? []) found.add(css);
    for (const next of made.imports ?? []) take(next);
  };
  for (const made of Object.values(bundle)) if (made.type === "chunk" && made.isEntry === true && made.fileName !== WORKER) take(made.fileName);
  return [...found].sort();
}

export function worker(): Plugin {
  let still = "";
  return {
    name: "conclave-worker",
    apply: "build",
    configResolved(config) {
      still = config.publicDir;
    },
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const made = bundle[WORKER];
        if (made?.type !== "chunk") throw new Error(`${WORKER} was not built`);
        const hash = createHash("sha256");
        const kept = readdirSync(still).sort();
        for (const name of kept) hash.update(name).update(readFileSync(path.join(still, name)));
        for (const name of Object.keys(bundle).sort()) if (name !== WORKER) hash.update(name);
        const index = bundle["index.html"];
        if (index?.type === "asset") hash.update(index.source);
        const files = ["/", ...kept.filter((name) => !name.endsWith(".png")).map((name) => `/${name}`), ...shellOf(bundle).map((name) => `/${name}`)];
        made.code = made.code.replaceAll(PLACE, JSON.stringify({ version: hash.digest("hex").slice(0, 16), files }));
      },
    },
  };
}
