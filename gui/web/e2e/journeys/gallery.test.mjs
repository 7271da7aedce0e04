// axe-core on the gallery of the kit, with what opens in it, in every theme and at the width of a phone.
import assert from "node:assert/strict";
import { serveGallery } from "../../gallery/serve.mjs";
import { axe, check as checkAll } from "../looks.mjs";
import { story } from "../people.mjs";

const THEMES = ["light", "dark"].flatMap((theme) => ["normal", "high"].map((contrast) => ({ theme, contrast })));
const SOME = process.env.CONCLAVE_NIGHTLY ? THEMES : THEMES.filter(({ theme, contrast }) => (theme === "dark") === (contrast === "high"));
const OPENED = [
  ["Open a dialog", "dialog"],
  ["Open a long dialog", "dialog"],
  ["Open a menu", "menu"],
  ["Open the emoji", "searchbox"],
];

// In the gallery some spinners turn for ever.
const check = (page, screen) => checkAll(page, screen, { turning: true });

story("the gallery of the kit passes axe", 0, async ({ open }) => {
  const { url, stop } = await serveGallery();
  try {
    const page = await (await open({ bypassCSP: true, reducedMotion: "reduce" })).newPage();
    await page.addInitScript(axe);
    const show = async (look) => {
      await page.goto(`${url}?${new URLSearchParams(look)}`);
      await page.getByRole("img", { name: "Code of a link" }).waitFor();
    };
    for (const look of SOME) {
      const name = `${look.theme}, contrast ${look.contrast}`;
      await show(look);
      await check(page, name);
      await page.getByRole("button", { name: "Toast with an action" }).click();
      await check(page, `${name}: toast`);
      for (const [button, role] of OPENED) {
        await page.getByRole("button", { name: button, exact: true }).click();
        await (role === "dialog" ? page.getByRole("dialog") : page.getByRole("dialog").getByRole(role)).first().waitFor();
        await page.getByRole("dialog").locator(".spinner").waitFor({ state: "detached" });
        await check(page, `${name}: ${button}`);
        await page.keyboard.press("Escape");
        await page.locator("dialog[open]").waitFor({ state: "detached" });
      }
    }
    // A name stands over the text that belongs to it, whatever its letters are.
    await show({ dir: "rtl" });
    const edge = (part) => page.locator(".list-row", { hasText: "All read" }).locator(part).evaluate((element) => {
      const range = document.createRange();
      range.selectNodeContents(element);
      return range.getBoundingClientRect().right;
    });
    assert.ok(Math.abs((await edge(".list-row-name")) - (await edge(".list-row-preview"))) <= 1, "a name stands on the wrong side");
    await page.setViewportSize({ width: 320, height: 640 });
    for (const look of [{ text: "150" }, { density: "dense", dir: "rtl" }]) {
      await show(look);
      await check(page, `narrow, ${JSON.stringify(look)}`);
    }
  } finally {
    await stop();
  }
});
