import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { compress } from "./build/compress.ts";
import { messages } from "./build/messages.ts";
import { worker } from "./build/worker.ts";

// The node that `npm run dev` talks to: a real one, or the fake of dev/.
const node = process.env["CONCLAVE_NODE"] ?? "http://127.0.0.1:8420";

const src = fileURLToPath(new URL("src/", import.meta.url));
const within = (id: string) => (id.startsWith(src) ? id.slice(src.length) : "");

// isBase knows what the screens before log-in need, isShell what a chat needs beside that. What is named by neither goes where it
// is used.
function isBase(id: string): boolean {
  return (
    /node_modules\/(?:react|react-dom|scheduler|wouter|openapi-fetch|idb)\//.test(id) ||
    /^(?:api\/|i18n\/(?:catalogue|format|locale)|stream\/(?!selectors|fixtures|jump)|kit\/(?:a11y\/live|picture|emojis\/(?:recent|table\.ts)|primitives\/(?:Alert|Avatar|Button|Card|CopyBox|Field|Spinner))|app\/(?:text|messages|App|boot|boundaries|entry\/|shell\/Mark)|features\/account\/(?:text|messages|recoverykey|ui\/PassphraseField|ui\/RecoveryKeyField)|features\/(?:contact|invite)\/(?:text|messages))/.test(
      within(id),
    )
  );
}

function isShell(id: string): boolean {
  return (
    /node_modules\/virtua\//.test(id) ||
    /^(?:slots|i18n|stream|kit\/(?:virtual|markup|a11y|media)|kit\/primitives\/(?:Badge|Menu|PopupMenu|PaneTitle|Dialog)|app\/(?:chat\/(?!GroupPanel|Calendar|PanelRows|ThreadPanel|thread\.css)|shell\/|features)|features\/(?!admin|account|mailbox)[^/]+\/(?:text|commands|hung|messages|state))/.test(within(id))
  );
}

// The gallery is built for the journeys and the pictures only, by `--mode gallery`: nothing of it comes into what nodes serve.
const gallery = { input: fileURLToPath(new URL("gallery/index.html", import.meta.url)) };

export default defineConfig(({ mode }) => ({
  plugins: [react(), messages(), ...(mode === "gallery" ? [] : [worker(), compress()])],
  resolve: { alias: { "~": fileURLToPath(new URL("src", import.meta.url)) } },
  build: {
    outDir: "../dist/app",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // Few files compress better than many: one of what every page needs, one of what every chat needs beside it.
    rolldownOptions: mode === "gallery" ? gallery : {
      input: { index: fileURLToPath(new URL("index.html", import.meta.url)), sw: `${src}sw/shell.ts` },
      output: {
        entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        advancedChunks: { groups: [{ name: "base", test: isBase, priority: 20 }, { name: "shell", test: isShell, priority: 10 }] },
      },
    },
  },
  server: {
    proxy: { "/api": { target: node, ws: true }, "/livez": node, "/readyz": node },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}", "build/*.test.ts", "scripts/*.test.ts"],
  },
}));
