// Holds the built page to its budget: gzip kilobytes of what each kind of
// route loads, read from the manifest that the build wrote.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const KB = 1000;
const dist = new URL("../../dist/app/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

const entry = "index.html";
const shell = "src/app/shell/Shell.tsx";
const admin = Object.keys(manifest).filter((name) => name.startsWith("src/features/admin/"));

const routes = [
  { name: "log-in, set-up, recovery", roots: [entry], js: 110, css: 25 },
  { name: "chat", roots: [entry, shell], js: 180, css: 25 },
  { name: "owner's pages", roots: [entry, shell, ...admin], js: 180 + 90, css: 25 },
];

let failed = false;
for (const route of routes) {
  const chunks = new Set(route.roots.flatMap((root) => graph(root)));
  const js = sum([...chunks].map((name) => manifest[name].file).filter((file) => file.endsWith(".js")));
  const css = sum([...new Set([...chunks].flatMap((name) => manifest[name].css ?? []))]);
  for (const [kind, size, budget] of [["JS", js, route.js], ["CSS", css, route.css]]) {
    const over = size > budget * KB;
    failed ||= over;
    console.log(`${over ? "OVER" : "ok  "}  ${route.name.padEnd(26)} ${kind.padEnd(3)} ${(size / KB).toFixed(1).padStart(6)} of ${budget} kB`);
  }
}
process.exitCode = failed ? 1 : 0;

// graph gives a chunk and everything that it loads with it.
function graph(name, seen = new Set()) {
  if (seen.has(name)) return [];
  seen.add(name);
  const chunk = manifest[name];
  if (!chunk) throw new Error(`the manifest does not know ${name}`);
  return [name, ...(chunk.imports ?? []).flatMap((next) => graph(next, seen))];
}

function sum(files) {
  return files.reduce((total, file) => total + gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length, 0);
}
