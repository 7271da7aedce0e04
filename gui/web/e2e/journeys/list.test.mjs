// The list of chats: pinned, muted, archived, marked and filed, by keyboard and pointer, the same in two pages of one account.
import assert from "node:assert/strict";
import { again, axe, check, FEW_LOOKS, wear } from "../looks.mjs";
import { makeGroup } from "../groups.mjs";
import { befriend, composer, go, gone, myLink, openChat, say, setUp, story } from "../people.mjs";

const list = (page) => page.getByRole("list", { name: "Chats" });
const row = (page, name) => list(page).getByRole("link", { name: new RegExp(name) });
const names = (page) => list(page).locator(".list-row-name").allTextContents();

async function menu(page, name) {
  await row(page, name).press("Shift+F10");
  await page.getByRole("menu", { name: new RegExp(`^What to do with .?${name}`) }).waitFor();
}

async function act(page, name, ...items) {
  await menu(page, name);
  for (const item of items) await page.getByRole("menuitem", { name: item, exact: true }).press("Enter");
}

async function order(page, wanted, why) {
  const end = Date.now() + 60_000;
  let found;
  do found = await names(page);
  while (found.join() !== wanted.join() && Date.now() < end && (await page.waitForTimeout(20), true));
  assert.deepEqual(found, wanted, why);
}

story("chats are kept as one likes, the same on every client", 2, async ({ nodes: [one, two], open }) => {
  const context = await open();
  const ana = await context.newPage();
  const ben = await (await open()).newPage();
  await setUp(ana, one, "Ana");
  await setUp(ben, two, "Ben");
  await befriend(ben, await myLink(ana), "Ana");
  await makeGroup(ana, "Alpha", []);
  await makeGroup(ana, "Beta", []);
  const other = await context.newPage();
  await other.goto(one.url);
  await order(other, ["Beta", "Alpha", "Ben"], "the latest first");

  await act(ana, "Ben", "Pin");
  await order(other, ["Ben", "Beta", "Alpha"], "the pinned one first");
  await act(ana, "Alpha", "Pin");
  await order(ana, ["Alpha", "Ben", "Beta"]);
  await act(ana, "Alpha", "Move down");
  for (const page of [ana, other]) await order(page, ["Ben", "Alpha", "Beta"], "the pinned ones in their order");
  await row(other, "Ben").getByText("Pinned").waitFor();

  // What is muted is counted in its row, quietly, and nowhere else; archived, it stays away whatever comes.
  await openChat(ana, "Beta");
  await openChat(other, "Beta");
  await act(ana, "Ben", "Mute", "For good");
  await row(other, "Ben").getByText("Muted").waitFor();
  await say(ben, "psst");
  await row(other, "Ben").getByText("1 unread message").waitFor();
  assert.equal(await other.title(), "Conclave", "a muted chat counts in the title");
  await act(ana, "Ben", "Archive");
  await order(other, ["Alpha", "Beta"]);
  await say(ben, "are you there?");
  await other.getByRole("link", { name: "1 archived chat" }).click();
  const archive = other.getByRole("list", { name: "Archived chats" });
  await archive.getByText("are you there?").waitFor();
  await archive.getByRole("link", { name: /Ben/ }).hover();
  await archive.getByRole("button", { name: /^More for .?Ben/ }).click();
  await other.getByRole("menuitem", { name: "Unmute" }).click();
  await other.getByText("Nothing is archived").waitFor();
  await other.getByRole("link", { name: "Back to chats" }).click();
  await order(other, ["Alpha", "Ben", "Beta"], "what is not muted any more came back with its messages");

  // Archived and not muted, a message brings it back.
  await act(ana, "Ben", "Archive");
  await order(other, ["Alpha", "Beta"]);
  await say(ben, "hello again");
  await order(other, ["Alpha", "Ben", "Beta"]);
  await act(ana, "Ben", "Hide until a new message");
  await order(other, ["Alpha", "Beta"]);
  assert.equal(await other.getByRole("link", { name: /archived chat/ }).count(), 0, "a hidden chat stands in the archive");
  await say(ben, "peekaboo");
  await order(ana, ["Alpha", "Ben", "Beta"]);

  // Marks, and all read at once, which can be undone.
  await act(ana, "Alpha", "Mark as unread");
  await row(other, "Alpha").getByText("Marked as unread").waitFor();
  await ana.getByRole("button", { name: "Unread" }).click();
  await ana.getByRole("button", { name: "Mark all as read" }).click();
  await gone(row(ana, "Ben"));
  await ana.getByRole("button", { name: "Undo" }).click();
  await row(ana, "Ben").getByText("4 unread messages").waitFor();
  await row(other, "Ben").getByText("4 unread messages").waitFor();
  await ana.getByRole("button", { name: "Mark all as read" }).click();
  await gone(row(other, "Ben").getByText("4 unread messages"));
  await gone(row(other, "Alpha").getByText("Marked as unread"));

  // Folders are tabs.
  await ana.getByRole("button", { name: "All", exact: true }).click();
  await act(ana, "Ben", "Folders", "New folder");
  await ana.getByLabel("Name of the folder").fill("Friends");
  await ana.getByLabel("Name of the folder").press("Enter");
  await other.getByRole("button", { name: "Friends" }).click();
  await order(other, ["Ben"]);
  await go(ana, "Settings");
  await ana.getByRole("link", { name: "Folders" }).click();
  await ana.getByLabel(/^Rename .?Friends/).fill("Close friends");
  await ana.getByLabel(/^Rename .?Friends/).press("Enter");
  await other.getByRole("button", { name: "Close friends" }).waitFor();

  await act(other, "Ben", "Clear history on my side");
  await other.getByRole("button", { name: "Clear", exact: true }).click();
  await row(other, "Ben").getByText("No messages yet").waitFor();
  await act(other, "Ben", "Delete for me");
  await other.getByRole("dialog").getByRole("button", { name: "Delete for me" }).click();
  await other.getByText("This folder is empty").waitFor();
  await say(ben, "one more");
  await go(ana, "Chats");
  await row(ana, "Ben").getByText("one more").waitFor();
  assert.equal(await composer(ben).inputValue(), "");

  await act(ana, "Beta", "Archive");
  await act(ana, "Ben", "Mute", "For an hour");
  await act(ana, "Ben", "Add to favourites");
  const page = await again(open, ana);
  for (const [name, path, text] of [["list", "/", "1 archived chat"], ["archive", "/archived", "Beta"], ["folders", "/settings/folders", "New folder"]]) {
    for (const look of FEW_LOOKS) {
      await wear(page, look);
      await page.goto(one.url + path); // a phone starts at the list, a desktop in a chat
      await page.evaluate(axe);
      await page.getByText(text).first().waitFor();
      await page.getByRole("heading", { level: 1 }).waitFor();
      await check(page, `${name}, ${look.name}`);
      if (process.env.CONCLAVE_SHOTS) await page.screenshot({ path: `${process.env.CONCLAVE_SHOTS}/${name}-${look.name}.png` });
      if (name !== "list") continue;
      await menu(page, "Ben");
      await check(page, `menu of a row, ${look.name}`);
    }
  }
  await page.context().close();
});
