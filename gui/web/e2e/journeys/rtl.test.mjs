// A page that is read from right to left: what opens at a place stands at that place, on the side where lines end, and what points
// along the line points the other way.
import assert from "node:assert/strict";
import { couple, gone, message, say, story } from "../people.mjs";

const box = (locator) => locator.evaluate((element) => element.getBoundingClientRect().toJSON());
const close = (a, b) => Math.abs(a - b) <= 1;
const turned = (page, within) => page.locator(`${within} .mirrored`).first().evaluate((icon) => getComputedStyle(icon).transform);

// at checks that a popup stands in the window, beside what opened it.
async function at(page, popup, meets, what) {
  await popup.waitFor();
  const here = await box(popup);
  const { width, height } = page.viewportSize();
  assert.ok(here.left >= 0 && here.top >= 0 && here.right <= width && here.bottom <= height, `${what} leaves the window: ${JSON.stringify(here)}`);
  assert.ok(meets(here), `${what} stands elsewhere: ${JSON.stringify(here)}`);
  await page.keyboard.press("Escape");
  await gone(popup);
}

story("popups stand at their places where lines run from right to left", 2, async ({ nodes: [one, two], open }) => {
  const [ana] = await couple(open, one, two);
  await say(ana, "from the right");
  await message(ana, "from the right").waitFor();
  for (const dir of ["rtl", "ltr"]) {
    await ana.evaluate((way) => (document.documentElement.dir = way), dir);
    const rtl = dir === "rtl";
    const flipped = rtl ? "matrix(-1, 0, 0, 1, 0, 0)" : "none";
    assert.equal(await turned(ana, ".composer"), flipped, `${dir}: the picture of sending`);

    const plus = ana.getByRole("button", { name: "New chat or group" });
    const button = await box(plus);
    await plus.click();
    // At the edge of the window it moves inwards; else the ends of the two lie on one line.
    const ends = (a, b) => (rtl ? close(a.left, Math.min(b.left, 1280 - 8 - a.width)) : close(a.right, Math.max(b.right, 8 + a.width)));
    await at(ana, ana.getByRole("dialog").filter({ has: ana.getByRole("menu") }), (menu) => ends(menu, button), `${dir}: the menu`);

    const smile = ana.getByRole("button", { name: "Insert an emoji" });
    const face = await box(smile);
    await smile.click();
    const picker = ana.getByRole("dialog", { name: "Choose an emoji" });
    await picker.getByRole("searchbox").waitFor();
    await at(ana, picker, (popup) => close(popup.bottom, face.top) && ends(popup, face), `${dir}: the picker`);

    // A menu at a point begins there.
    const row = await box(ana.getByRole("list", { name: "Chats" }).getByRole("link").first());
    const [x, y] = [(row.left + row.right) / 2, (row.top + row.bottom) / 2];
    await ana.mouse.click(x, y, { button: "right" });
    const menu = ana.getByRole("dialog").filter({ has: ana.getByRole("menu") });
    await at(ana, menu, (popup) => close(rtl ? popup.right : popup.left, x), `${dir}: the menu of a chat`);
  }
  await ana.goto(`${one.url}/settings/account`);
  await ana.getByRole("button", { name: "Log out of this browser" }).waitFor();
  await ana.evaluate(() => (document.documentElement.dir = "rtl"));
  assert.equal(await ana.getByRole("button", { name: "Log out of this browser" }).locator("svg").evaluate((icon) => getComputedStyle(icon).transform), "matrix(-1, 0, 0, 1, 0, 0)");
});
