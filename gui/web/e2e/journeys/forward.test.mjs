// Messages are forwarded, selected and deleted several at once, and sent with a priority.
import { FEW_LOOKS, axe, check, inLooks } from "../looks.mjs";
import { couple, message, say, story } from "../people.mjs";

const gone = /Ana\S? deleted this message\./; // the name is set apart by marks of direction

story("messages are forwarded and selected, and some are urgent", 2, async ({ nodes: [one, two], open }) => {
  const [ana, ben] = await couple(open, one, two);
  for (const text of ["first words", "second words"]) await say(ana, text);
  await message(ben, "second words").waitFor();

  // With the name of who wrote it.
  await message(ben, "first words").focus();
  await ben.keyboard.press("f");
  const forward = ben.getByRole("dialog", { name: "Forward this message" });
  await forward.getByRole("checkbox", { name: "Ana" }).check();
  await forward.getByRole("button", { name: "Forward to 1 chat" }).click();
  await ana.getByText("Forwarded from Ana").waitFor();

  // Several at once: the key, then a range with Shift.
  await message(ana, "first words").first().focus();
  await ana.keyboard.press("x");
  const bar = ana.getByRole("toolbar", { name: "Selected messages" });
  await bar.getByText("1 selected").waitFor();
  await message(ana, "second words").locator(".message-text").click({ modifiers: ["Shift"] });
  await bar.getByText("2 selected").waitFor();
  await ana.keyboard.press("Escape");
  await bar.waitFor({ state: "detached" });
  await message(ana, "second words").focus();
  await ana.keyboard.press("x");
  await message(ana, "first words").first().getByRole("checkbox").check();
  await bar.getByRole("button", { name: "Delete" }).click();
  await ana.getByRole("dialog", { name: "Delete 2 messages?" }).getByRole("button", { name: "Delete for everyone" }).click();
  await bar.waitFor({ state: "detached" });
  await ben.getByText(gone).nth(1).waitFor();

  // Urgent is asked for once more, and said with a word.
  await ana.getByRole("button", { name: /^Priority: \S?Normal/ }).click();
  await ana.getByRole("menuitemcheckbox", { name: "Urgent" }).click();
  await ana.getByRole("dialog", { name: "Send an urgent message?" }).getByRole("button", { name: "Make it urgent" }).click();
  await say(ana, "the house is on fire");
  await message(ben, "the house is on fire").getByText("Urgent").waitFor();
  await ana.getByRole("button", { name: /^Priority: \S?Normal/ }).click();
  await ana.getByRole("menuitemcheckbox", { name: "Important" }).click();
  await say(ana, "bring water");
  await message(ben, "bring water").getByText("Important").waitFor();

  await inLooks(open, ana, FEW_LOOKS, async (page, look) => {
    await message(page, "bring water").waitFor();
    await page.evaluate(axe);
    await message(page, "bring water").focus();
    await page.keyboard.press("x");
    await page.getByRole("toolbar", { name: "Selected messages" }).waitFor();
    await check(page, `selecting, ${look}`);
    await shot(page, `select-${look}`);
    await page.getByRole("toolbar", { name: "Selected messages" }).getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").waitFor();
    await check(page, `deleting, ${look}`);
    await shot(page, `delete-${look}`);
    await page.keyboard.press("Escape");
    await page.getByRole("toolbar", { name: "Selected messages" }).getByRole("button", { name: "Forward" }).click();
    await page.getByRole("dialog").waitFor();
    await check(page, `forwarding, ${look}`);
    await shot(page, `forward-${look}`);
  });
});

const shot = (page, name) => (process.env.CONCLAVE_SHOTS ? page.screenshot({ path: `${process.env.CONCLAVE_SHOTS}/${name}.png` }) : undefined);
