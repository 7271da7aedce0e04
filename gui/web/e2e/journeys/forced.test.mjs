// Forced colours, as of Windows in high contrast: what is chosen, marked or has the focus is to be seen without colours of our own.
import { serveGallery } from "../../gallery/serve.mjs";
import { force, sees } from "../forced.mjs";
import { again } from "../looks.mjs";
import { couple, go, message, say, story } from "../people.mjs";

// By night: it takes a picture of each element in each state.
const NIGHTLY = Boolean(process.env.CONCLAVE_NIGHTLY);

if (NIGHTLY) story("the gallery of the kit is to be read in forced colours", 0, async ({ open }) => {
  const { url, stop } = await serveGallery();
  try {
    const page = await (await open({ bypassCSP: true })).newPage();
    for (const scheme of ["dark", "light"]) {
      await force(page, scheme);
      await page.goto(url);
      await page.getByRole("img", { name: "Code of a link" }).waitFor();
      await sees(page, `gallery, ${scheme}`);
    }
    await page.getByRole("button", { name: "Open a menu", exact: true }).click();
    await sees(page, "menu");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Open the emoji" }).click();
    await page.getByRole("dialog").locator(".emoji-tabs button").nth(5).waitFor();
    await sees(page, "emoji");
  } finally {
    await stop();
  }
});

if (NIGHTLY) story("the main screens are to be read in forced colours", 2, async ({ nodes: [one, two], open }) => {
  const [first, ben] = await couple(open, one, two);
  const ana = await again((options) => open({ bypassCSP: true, ...options }), first);
  await ana.goto(one.url);
  await go(ana, "Contacts");
  for (const text of ["a first line", "a second line"]) await say(ben, text);
  await go(ana, "Chats");
  const row = ana.getByRole("list", { name: "Chats" }).getByRole("link", { name: /Ben/ });
  await row.locator(".badge").waitFor();
  await force(ana, "dark");
  await sees(ana, "list of chats");
  await row.click();
  await message(ana, "a second line").waitFor();
  await say(ana, "an answer");
  await message(ana, "an answer").locator("[data-state=read]").waitFor();
  await sees(ana, "chat");
  for (const section of ["account", "appearance", "notifications"]) {
    await ana.goto(`${one.url}/settings/${section}`);
    await ana.getByRole("heading", { level: 1 }).waitFor();
    await ana.waitForLoadState("networkidle");
    await sees(ana, section);
  }
  await ana.goto(`${one.url}/admin/node`);
  await ana.getByRole("heading", { level: 1 }).waitFor();
  await ana.waitForLoadState("networkidle");
  await sees(ana, "owner's page");
  await ana.keyboard.press("Control+K");
  await ana.getByRole("dialog").getByRole("option").first().waitFor();
  await sees(ana, "palette");
});
