// The browser that every journey uses: the system's Chromium, headless.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const candidates = [process.env.CONCLAVE_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export function launch() {
  const executablePath = candidates.find((file) => file && existsSync(file));
  if (!executablePath) throw new Error("no Chromium found: install the package chromium, or name one in CONCLAVE_CHROMIUM");
  return chromium.launch({
    executablePath,
    headless: true,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

// shared is the one browser of all journeys, started again should it have gone.
let one;
export function shared() {
  one ??= launch().then((browser) => browser.on("disconnected", () => (one = undefined)));
  return one;
}

export async function close() {
  await (await one)?.close();
}
