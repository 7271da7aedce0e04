// A message is pinned for both and starred for one: the strip under the head,
// the list in the panel and the page of stars lead to it.
import assert from "node:assert/strict";
import { FEW_LOOKS, again, axe, check, wear } from "../looks.mjs";
import { couple, gone, message, say, story } from "../people.mjs";

const FAR = 60; // more than one page

story("messages are pinned and starred", 2, async ({ nodes: [one, two], open }) => {
  const [ana, ben] = await couple(open, one, two);
  await say(ana, "the door code is 4711");
  await say(ana, "the bins go out on Monday");
  const more = async (page, text, item) => {
    await message(page, text).hover();
    await message(page, text).getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitem", { name: item }).click();
  };
  const strip = (page) => page.locator(".pin-strip");

  await more(ana, "the door code is 4711", "Pin");
  await strip(ben).getByText("the door code is 4711").waitFor();
  await ben.getByRole("feed").getByText("pinned a message").first().waitFor();
  await message(ben, "the bins go out on Monday").focus();
  await ben.keyboard.press("p");
  await strip(ana).getByText("the bins go out on Monday").waitFor();
  await strip(ana).getByText("1 of 2").waitFor();

  // Far below, the strip leads to the pinned messages one after the other.
  for (let i = 0; i < FAR; i++) await say(ana, `line ${i}`);
  await message(ben, `line ${FAR - 1}`).waitFor({ timeout: 60_000 });
  await ben.reload();
  await strip(ben).getByRole("button").first().click();
  await ben.waitForFunction(() => document.activeElement?.querySelector(".message-text")?.textContent === "the bins go out on Monday");
  await strip(ben).getByRole("button").first().click();
  await ben.waitForFunction(() => document.activeElement?.querySelector(".message-text")?.textContent === "the door code is 4711");

  // Starred by one key; nobody else sees it.
  await ben.keyboard.press("s");
  await message(ben, "the door code is 4711").getByRole("img", { name: "Starred" }).waitFor();
  await strip(ana).getByRole("button", { name: "All pinned messages" }).click();
  const list = ana.getByRole("complementary").getByRole("list", { name: "Pinned messages" });
  await list.getByRole("listitem").filter({ hasText: "the door code is 4711" }).getByRole("button", { name: /door code/ }).click();
  await message(ana, "the door code is 4711").waitFor();
  assert.equal(await message(ana, "the door code is 4711").getByRole("img", { name: "Starred" }).count(), 0, "a star shows to another");
  await list.getByRole("listitem").filter({ hasText: "the bins" }).getByRole("button", { name: "Unpin" }).click();
  await gone(strip(ben).getByText("of 2"));

  await ben.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Saved", exact: true }).click();
  await ben.getByRole("heading", { name: "Starred", level: 1 }).waitFor();
  await ben.getByRole("button", { name: /door code/ }).click();
  await ben.waitForFunction(() => document.activeElement?.querySelector(".message-text")?.textContent === "the door code is 4711");

  const address = ben.url();
  const page = await again(open, ben);
  for (const [name, to, ready] of [
    ["strip", address, () => strip(page).waitFor()],
    ["pins", `${address.split("?")[0]}?p=pins`, () => page.getByRole("complementary").getByRole("list", { name: "Pinned messages" }).waitFor()],
    ["starred", `${two.url}/saved/starred`, () => page.getByRole("button", { name: /door code/ }).waitFor()],
  ]) {
    await page.goto(to);
    await page.evaluate(axe);
    for (const look of FEW_LOOKS) {
      await wear(page, look);
      await ready();
      await check(page, `${name}, ${look.name}`);
      if (process.env.CONCLAVE_SHOTS) await page.screenshot({ path: `${process.env.CONCLAVE_SHOTS}/mark-${name}-${look.name}.png` });
    }
  }
  await page.context().close();

  await ben.goto(`${two.url}/saved/starred`);
  await ben.getByRole("button", { name: "Remove star" }).click();
  await ben.getByText("No starred messages yet.").waitFor();
});
