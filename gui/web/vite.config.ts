import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { compress } from "./build/compress.ts";
import { messages } from "./build/messages.ts";

// The node that `npm run dev` talks to: a real one, or the fake of dev/.
const node = process.env["CONCLAVE_NODE"] ?? "http://127.0.0.1:8420";

export default defineConfig({
  plugins: [react(), messages(), compress()],
  resolve: { alias: { "~": fileURLToPath(new URL("src", import.meta.url)) } },
  build: {
    outDir: "../dist/app",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: {
    proxy: { "/api": { target: node, ws: true }, "/livez": node, "/readyz": node },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}", "build/*.test.ts", "scripts/*.test.ts"],
  },
});
