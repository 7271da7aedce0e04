// Takes pictures of the screens, filled by the fake of this folder, into
// e2e/out, and prints everything the browser complained about.
//
//   npm run screenshots [-- NAME…]      light, dark, phone, phonedark, contrast, forced, large, gallery
import { mkdirSync } from "node:fs";
import { launch } from "../e2e/browser.mjs";
import { galleryShots } from "./galleryshots.mjs";
import { groupShots } from "./groupshots.mjs";
import { fill } from "./sample.mjs";
import { standIns } from "./standin.mjs";
import { World } from "./world.mjs";

const looks = {
  light: { viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: "light", hasTouch: true, isMobile: true },
  phonedark: { viewport: { width: 390, height: 844 }, colorScheme: "dark", hasTouch: true, isMobile: true },
  contrast: { viewport: { width: 1280, height: 800 }, colorScheme: "dark", look: { contrast: "high" } },
  forced: { viewport: { width: 1280, height: 800 }, colorScheme: "dark", forcedColors: "active" },
  large: { viewport: { width: 900, height: 700 }, colorScheme: "light", look: { text: "150" } },
};
const wanted = process.argv.slice(2);
const out = new URL("../e2e/out/", import.meta.url).pathname;
mkdirSync(out, { recursive: true });

const world = new World();
const [node, other] = await standIns(2, world);
fill(world);
const base = node.url;
const browser = await launch();
for (const [name, { look, ...options }] of Object.entries(looks)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const context = await browser.newContext({ ...options, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && !message.text().includes("401") && console.log(name, page.url(), message.text()));
  page.on("pageerror", (error) => console.log(name, page.url(), error.stack));
  if (look) await page.addInitScript((value) => localStorage.setItem("conclave.look", value), JSON.stringify(look));
  const shot = async (screen) => {
    await page.waitForTimeout(350);
    await page.screenshot({ path: `${out}${name}-${screen}.png`, animations: "disabled" });
  };
  await page.goto(`${base}/unlock`);
  await page.getByLabel("Name on this node").fill("ana");
  await shot("unlock");
  await page.goto(`${base}/recover`);
  await page.getByLabel("Recovery key").fill("ABCD-EF");
  await shot("recover");
  await page.goto(`${base}/join#abc`);
  await page.getByLabel("Your name").fill("Ána Roth");
  await shot("join");
  await page.goto(`${base}/i#abc`);
  await shot("invited");
  await page.goto(`${base}/unlock`);
  await page.getByLabel("Name on this node").fill("ana");
  await page.getByLabel("Passphrase", { exact: true }).fill("correct horse");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Chats" }).or(page.getByRole("feed")).first().waitFor();
  await shot("home");
  const open = async (screen, path) => {
    await page.evaluate((to) => {
      history.pushState(null, "", to);
    }, path);
    await shot(screen);
  };
  const chat = await page.getByRole("link", { name: /Ben Okafor/ }).getAttribute("href");
  await open("chat", chat);
  await open("panel", `${chat}?p=info`);
  await open("contacts", "/contacts");
  const asks = await page.locator('a[href^="/contacts/a_"]').first().getAttribute("href");
  await open("add", "/contacts/add");
  await open("request", asks);
  for (const section of ["account", "security", "sessions", "mailboxes", "appearance", "about"]) await open(`settings-${section}`, `/settings/${section}`);
  for (const section of ["node", "accounts", "invites"]) await open(`admin-${section}`, `/admin/${section}`);
  await groupShots(page, shot, open);
  await open("lost", "/nowhere");
  await open("chat-again", chat);
  await page.keyboard.press("Control+k");
  await shot("palette");
  await page.keyboard.press("Escape");
  await context.close();
}
if (wanted.length === 0 || wanted.includes("gallery")) await galleryShots(browser, out);
await browser.close();
await Promise.all([node.stop(), other.stop()]);
