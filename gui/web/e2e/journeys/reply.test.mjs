// A message is answered with a quote; the quote leads back to it, also where
// it lies far above.
import assert from "node:assert/strict";
import { FEW_LOOKS, axe, check, inLooks } from "../looks.mjs";
import { composer, couple, message, say, story } from "../people.mjs";

const FAR = 70; // more than one page

story("a reply quotes its message and leads to it", 2, async ({ nodes: [one, two], open }) => {
  const [ana, ben] = await couple(open, one, two);
  await say(ana, "tea or coffee?");
  await message(ben, "tea or coffee?").waitFor();

  // With the keyboard alone: to the newest message, into it, its first button.
  await composer(ben).press("Shift+ArrowUp");
  await message(ben, "tea or coffee?").press("Enter");
  await ben.getByRole("button", { name: "Reply", exact: true }).press("Enter");
  await ben.getByText(/^Reply to .?Ana/).waitFor();
  await composer(ben).press("Escape");
  await ben.getByText(/^Reply to .?Ana/).waitFor({ state: "detached" });
  await message(ben, "tea or coffee?").hover();
  await message(ben, "tea or coffee?").getByRole("button", { name: "Reply", exact: true }).click();
  await say(ben, "tea");
  await ben.getByText(/^Reply to .?Ana/).waitFor({ state: "detached" });
  await say(ben, "with milk");
  const quote = (page, text) => message(page, text).locator(".quote");
  await message(ana, "with milk").waitFor();
  assert.equal(await quote(ana, "tea").innerText(), "In reply to\nYou\ntea or coffee?");
  assert.equal(await quote(ana, "with milk").count(), 0, "the next message answers it too");

  // The quote says what the message says now.
  await composer(ana).press("ArrowUp");
  await ana.getByRole("textbox", { name: "New text of the message" }).fill("tea or water?");
  await ana.keyboard.press("Enter");
  await quote(ben, "tea").getByText("tea or water?").waitFor();

  for (let i = 0; i < FAR; i++) await say(ana, `line ${i}`);
  await message(ben, `line ${FAR - 1}`).waitFor({ timeout: 60_000 });
  await message(ben, `line ${FAR - 1}`).hover();
  await message(ben, `line ${FAR - 1}`).getByRole("button", { name: "Reply", exact: true }).click();
  await say(ben, "that is a lot");
  await message(ana, "that is a lot").waitFor();
  await ben.reload();
  await quote(ben, "that is a lot").getByText(`line ${FAR - 1}`).waitFor();

  // Ana answers the first message from far below, and follows the quote of it back after a reload.
  await ana.evaluate(() => document.querySelector('[role="feed"]').closest(".scroller").scrollTo(0, 0));
  await message(ana, "tea or water?").hover();
  await message(ana, "tea or water?").getByRole("button", { name: "Reply", exact: true }).click();
  await say(ana, "well?");
  await message(ana, "well?").waitFor();
  await ana.reload();
  await quote(ana, "well?").click();
  await ana.waitForFunction(() => document.activeElement?.querySelector(".message-text")?.textContent === "tea or water?");

  await inLooks(open, ben, FEW_LOOKS, async (page, look) => {
    await quote(page, "well?").waitFor();
    await page.evaluate(axe);
    await check(page, `a reply, ${look}`);
    if (process.env.CONCLAVE_SHOTS) await page.screenshot({ path: `${process.env.CONCLAVE_SHOTS}/reply-${look}.png` });
  });
});
