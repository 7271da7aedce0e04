// Messages are deleted for oneself, with the way back, and for everyone, also before they left; the other's page follows.
import assert from "node:assert/strict";
import { couple, message, say, story } from "../people.mjs";

const gone = /Ana\S? deleted this message\./; // the name is set apart by marks of direction

const act = async (page, text, name) => {
  await message(page, text).hover();
  await message(page, text).getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name }).click();
};

story("messages are deleted, and the other's page follows", 2, async ({ nodes: [one, two], open }) => {
  const [ana, ben] = await couple(open, one, two);
  for (const text of ["first words", "second words", "third words"]) await say(ana, text);
  await message(ben, "third words").waitFor();

  // For oneself, and back again where it stood; another page of the account follows.
  const other = await ben.context().newPage();
  await other.goto(ben.url());
  await message(other, "second words").waitFor();
  await act(ben, "second words", /^Delete/);
  const dialog = ben.getByRole("dialog", { name: "Delete this message?" });
  await dialog.waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Delete for everyone" }).count(), 0, "who did not write it can delete it for everyone");
  await dialog.getByRole("button", { name: "Delete for me" }).click();
  await message(ben, "second words").waitFor({ state: "detached" });
  await message(other, "second words").waitFor({ state: "detached" });
  await ben.getByRole("button", { name: "Undo" }).click();
  await message(other, "second words").waitFor();
  await other.close();
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
  await ben.getByText(gone).waitFor();
  await ben.getByRole("list", { name: "Chats" }).getByText("second words").waitFor();
  await ben.reload();
  await ben.getByText(gone).waitFor();
  assert.equal(await ben.getByText("third words").count(), 0);

  // What has not left yet never leaves.
  await two.kill();
  await say(ana, "regretted");
  await act(ana, "regretted", "Cancel sending");
  await ana.getByText("You deleted this message.").nth(1).waitFor();
  await two.start();
  await ben.getByText(gone).nth(1).waitFor();
  assert.equal(await ben.getByText("regretted").count(), 0);
});
