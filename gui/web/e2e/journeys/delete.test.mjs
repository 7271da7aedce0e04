// Messages are deleted for oneself and for everyone, forwarded, selected, and sent with a priority: with the pointer, with the
// keyboard, and by a long press.
import assert from "node:assert/strict";
import { LOOKS, axe, check } from "../looks.mjs";
import { befriend, composer, message, myLink, openChat, say, setUp, story } from "../people.mjs";

const act = async (page, text, name) => {
  await message(page, text).hover();
  await message(page, text).getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name }).click();
};

story("messages are deleted, forwarded and selected, and the other's page follows", 2, async ({ nodes: [one, two], open }) => {
  const ana = await (await open()).newPage();
  const ben = await (await open()).newPage();
  await setUp(ana, one, "Ana");
  await setUp(ben, two, "Ben");
  await befriend(ben, await myLink(ana), "Ana");
  await openChat(ana, "Ben");
  for (const text of ["first words", "second words", "third words"]) await say(ana, text);
  await message(ben, "third words").waitFor();

  // For oneself, and back again where it stood.
  await act(ben, "second words", /^Delete/);
  const dialog = ben.getByRole("dialog", { name: "Delete this message?" });
  await dialog.waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Delete for everyone" }).count(), 0, "who did not write it can delete it for everyone");
  await dialog.getByRole("button", { name: "Delete for me" }).click();
  await message(ben, "second words").waitFor({ state: "detached" });
  await ben.getByRole("button", { name: "Undo" }).click();
  await message(ben, "second words").waitFor();
  assert.deepEqual(await ben.locator("[data-message] .message-text").allTextContents(), ["first words", "second words", "third words"]);
  await message(ana, "second words").waitFor();

  // For everyone, by the keyboard alone; the list follows, and nothing is left after a reload.
  await message(ana, "third words").focus();
  await ana.keyboard.press("Delete");
  await ana.getByRole("dialog").getByText("Nodes that are offline or changed may keep a copy.").waitFor();
  await ana.keyboard.press("Tab");
  await ana.keyboard.press("Enter");
  await ana.getByText("You deleted this message.").waitFor();
  await ben.getByText("Ana deleted this message.").waitFor();
  await ben.getByRole("list", { name: "Chats" }).getByText("second words").waitFor();
  await ben.reload();
  await ben.getByText("Ana deleted this message.").waitFor();
  assert.equal(await ben.getByText("third words").count(), 0);

  // Forwarded, with and without the name.
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
  await ben.getByText("Ana deleted this message.").nth(2).waitFor();

  // Urgent is asked for once more, and said with a word.
  await ana.getByRole("button", { name: "Priority: Normal" }).click();
  await ana.getByRole("menuitemcheckbox", { name: "Urgent" }).click();
  await ana.getByRole("dialog", { name: "Send an urgent message?" }).getByRole("button", { name: "Make it urgent" }).click();
  await say(ana, "the house is on fire");
  await message(ben, "the house is on fire").getByText("Urgent").waitFor();
  await ana.getByRole("button", { name: "Priority: Normal" }).waitFor();
  await ana.getByRole("button", { name: "Priority: Normal" }).click();
  await ana.getByRole("menuitemcheckbox", { name: "Important" }).click();
  await say(ana, "bring water");
  await message(ben, "bring water").getByText("Important").waitFor();

  const state = await ana.context().storageState();
  const address = ana.url();
  for (const { contrast, ...look } of LOOKS) {
    const context = await open({ storageState: state, ...look });
    await context.addInitScript((kept) => location.origin !== "null" && localStorage.setItem("conclave.look", kept), JSON.stringify({ contrast: contrast ?? "normal" }));
    const page = await context.newPage();
    await page.goto(address);
    await message(page, "bring water").waitFor();
    await page.evaluate(axe);
    await message(page, "bring water").focus();
    await page.keyboard.press("x");
    await page.getByRole("toolbar", { name: "Selected messages" }).waitFor();
    await check(page, `selecting, ${look.name}`);
    await shot(page, `select-${look.name}`);
    await page.getByRole("toolbar", { name: "Selected messages" }).getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").waitFor();
    await check(page, `deleting, ${look.name}`);
    await shot(page, `delete-${look.name}`);
    await page.keyboard.press("Escape");
    await page.getByRole("toolbar", { name: "Selected messages" }).getByRole("button", { name: "Forward" }).click();
    await page.getByRole("dialog").waitFor();
    await check(page, `forwarding, ${look.name}`);
    await shot(page, `forward-${look.name}`);
    await context.close();
  }
});

const shot = (page, name) => (process.env.CONCLAVE_SHOTS ? page.screenshot({ path: `${process.env.CONCLAVE_SHOTS}/${name}.png` }) : undefined);
