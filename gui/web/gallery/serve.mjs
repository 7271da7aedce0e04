// Builds the gallery and serves it as a node serves its page, under the same policy.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { csp, kinds } from "../dev/policy.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const out = path.join(root, "e2e/out/gallery-built/");

let built;

// serveGallery gives the address of the gallery and what ends it. It is built once.
export async function serveGallery() {
  built ??= build({ root, mode: "gallery", logLevel: "error", build: { outDir: out } });
  await built;
  const server = createServer(({ url }, response) => {
    const { pathname } = new URL(url, "http://x");
    const file = path.join(out, pathname.endsWith("/") ? `${pathname}index.html` : pathname);
    if (!file.startsWith(out) || !existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": kinds[path.extname(file)] ?? "application/octet-stream", "Content-Security-Policy": csp, "Cache-Control": "no-cache" });
    response.end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return { url: `http://127.0.0.1:${server.address().port}/gallery/`, stop };
}
