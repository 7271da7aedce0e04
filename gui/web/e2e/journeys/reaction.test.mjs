// Two people react to a message: by the picker, by a chip and by the keyboard
// alone; both see the same, and who it was.
import assert from "node:assert/strict";
import { FEW_LOOKS, axe, check, inLooks } from "../looks.mjs";
import { composer, couple, gone, message, say, story } from "../people.mjs";

story("a message gets reactions", 2, async ({ nodes: [one, two], open }) => {
  const [ana, ben] = await couple(open, one, two);
  await say(ana, "we did it");
  const chip = (page, emoji) => message(page, "we did it").getByRole("button", { name: new RegExp(`^.?${emoji}`) });
  const picker = (page) => page.getByRole("dialog", { name: "Choose an emoji" });

  // With the mouse: the bar over the message, search, choose.
  await message(ben, "we did it").hover();
  await message(ben, "we did it").getByRole("button", { name: "React", exact: true }).click();
  await picker(ben).getByRole("searchbox").fill("tada");
  await picker(ben).getByRole("button", { name: "party popper" }).click();
  await gone(picker(ben));
  await chip(ana, "🎉").waitFor();
  assert.equal(await chip(ana, "🎉").getAttribute("aria-pressed"), "false");
  await chip(ana, "🎉").click();
  await ben.waitForFunction(() => document.querySelector(".reaction")?.textContent === "🎉2");
  assert.match(await chip(ben, "🎉").getAttribute("title"), /^You and Ana$/);

  // With the keyboard alone: + on the message, a word, Enter.
  await message(ana, "we did it").focus();
  await ana.keyboard.press("+");
  await picker(ana).getByRole("searchbox").waitFor();
  await ana.waitForFunction(() => document.activeElement?.matches('input[type="search"]'));
  await ana.keyboard.type("rocket");
  await picker(ana).getByRole("button", { name: "rocket" }).waitFor();
  await ana.keyboard.press("Enter");
  await chip(ben, "🚀").waitFor();

  // Who it was.
  await chip(ben, "🚀").click({ button: "right" });
  const who = ben.getByRole("dialog", { name: "Who reacted" });
  await who.getByRole("listitem").filter({ hasText: "Ana" }).filter({ hasText: "🚀" }).waitFor();
  await who.getByRole("button", { name: "Close" }).click();

  // Taken away; and all of it after a reload.
  await chip(ben, "🎉").click();
  await ana.waitForFunction(() => document.querySelector(".reaction")?.textContent === "🎉1");
  await ben.reload();
  await chip(ben, "🎉").waitFor();
  assert.equal(await chip(ben, "🎉").getAttribute("aria-pressed"), "false");

  // In a text: by a word behind a colon, and by the picker.
  await composer(ben).click();
  await ben.keyboard.type("off we go :rocke");
  await ben.getByRole("option", { name: /rocket/ }).first().waitFor();
  await ben.keyboard.press("Enter");
  await ben.getByRole("button", { name: "Insert an emoji" }).click();
  await picker(ben).getByRole("searchbox").fill("tada");
  await ben.keyboard.press("Enter");
  await ben.waitForFunction(() => document.activeElement?.value === "off we go 🚀 🎉");
  await ben.keyboard.press("Enter");
  await message(ana, "off we go 🚀 🎉").waitFor();

  await inLooks(open, ben, FEW_LOOKS, async (page, look) => {
    await chip(page, "🎉").waitFor();
    await page.evaluate(axe);
    await check(page, `reactions, ${look}`);
    if (process.env.CONCLAVE_SHOTS) await page.screenshot({ path: `${process.env.CONCLAVE_SHOTS}/reaction-${look}.png` });
    await message(page, "we did it").focus();
    await page.keyboard.press("+");
    await picker(page).getByRole("button", { name: "Smileys and feelings" }).click();
    await picker(page).getByRole("button", { name: "grinning face", exact: true }).waitFor();
    await check(page, `the picker, ${look}`);
    if (process.env.CONCLAVE_SHOTS) await page.screenshot({ path: `${process.env.CONCLAVE_SHOTS}/picker-${look}.png` });
  });
});
