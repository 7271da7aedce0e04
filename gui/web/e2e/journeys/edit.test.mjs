// A message is given another text: by the pointer and by the keyboard alone; the
// other's page shows it at once, with the texts before.
import assert from "node:assert/strict";
import { LOOKS, axe, check, inLooks } from "../looks.mjs";
import { composer, couple, message, say, story } from "../people.mjs";

const box = (page) => page.getByRole("textbox", { name: "New text of the message" });

story("a message is edited, and the other reads what it says now and said before", 2, async ({ nodes: [one, two], open }) => {
  const [ana, ben] = await couple(open, one, two);
  await say(ana, "see you at 5");
  await message(ben, "see you at 5").waitFor();

  // With the keyboard: up-arrow in the empty box, Escape leaves all as it is.
  await composer(ana).press("ArrowUp");
  assert.equal(await box(ana).inputValue(), "see you at 5");
  await box(ana).press("Escape");
  await composer(ana).fill("a draft");
  await composer(ana).fill("");
  await composer(ana).press("ArrowUp");
  await box(ana).fill("see you at 6");
  await box(ana).press("Enter");
  await message(ben, "see you at 6").getByText("edited").waitFor();
  assert.equal(await message(ben, "see you at 5").count(), 0);
  await composer(ana).waitFor();

  // With the pointer; what is being written stays behind.
  await composer(ana).fill("half a sen");
  await message(ana, "see you at 6").hover();
  await message(ana, "see you at 6").getByRole("button", { name: "Edit", exact: true }).click();
  await box(ana).fill("see you at 7");
  await ana.getByRole("button", { name: "Save" }).click();
  await message(ben, "see you at 7").waitFor();
  assert.equal(await composer(ana).inputValue(), "half a sen");
  assert.equal(await message(ben, "see you at 7").getByRole("button", { name: "Edit", exact: true }).count(), 0, "somebody else can edit it");

  await message(ben, "see you at 7").getByRole("button", { name: "edited" }).click();
  const dialog = ben.getByRole("dialog", { name: "Earlier texts" });
  await dialog.getByRole("listitem").first().waitFor();
  assert.deepEqual(await dialog.getByRole("listitem").locator("p").allTextContents(), ["see you at 7", "see you at 6", "see you at 5"]);
  await ben.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });

  // The list of chats says what it says now, also after a reload.
  await ben.reload();
  await message(ben, "see you at 7").getByText("edited").waitFor();
  await ben.getByRole("list", { name: "Chats" }).getByText("see you at 7").waitFor();

  // A node that is away: nothing is lost of what was written.
  await composer(ana).fill("");
  await one.kill();
  await composer(ana).press("ArrowUp");
  await box(ana).fill("see you at 8");
  await box(ana).press("Enter");
  await ana.getByText("Not saved: your node does not answer.").waitFor();
  assert.equal(await box(ana).inputValue(), "see you at 8");
  await one.start();
  await ana.getByText(/^Your node does not answer/).first().waitFor({ state: "detached" });
  await box(ana).press("Enter");
  await message(ben, "see you at 8").waitFor({ timeout: 60_000 });

  await inLooks(open, ana, LOOKS, async (page, look) => {
    await message(page, "see you at 8").waitFor();
    await page.evaluate(axe);
    await composer(page).press("ArrowUp");
    await box(page).waitFor();
    await check(page, `editing, ${look}`);
    await shot(page, `edit-${look}`);
    await message(page, "see you at 8").getByRole("button", { name: "edited" }).click();
    await page.getByRole("dialog").getByRole("listitem").first().waitFor();
    await check(page, `earlier texts, ${look}`);
    await shot(page, `edits-${look}`);
  });
});

const shot = (page, name) => (process.env.CONCLAVE_SHOTS ? page.screenshot({ path: `${process.env.CONCLAVE_SHOTS}/${name}.png` }) : undefined);
