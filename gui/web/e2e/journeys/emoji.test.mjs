// The emoji of a conversation: pictures that its people add, name, use, take along to another chat and take away; between two nodes.
import assert from "node:assert/strict";
import { FEW_LOOKS, axe, check, inLooks } from "../looks.mjs";
import { details, dialog, inGroup, makeGroup, panel } from "../groups.mjs";
import { composer, couple, gone, message, say, story } from "../people.mjs";

const picker = (page) => page.getByRole("dialog", { name: "Choose an emoji" });
const pack = (page) => panel(page).getByRole("list", { name: "Custom emoji" });
const inPack = (page, name) => pack(page).getByRole("listitem").filter({ hasText: `:${name}:` });
const drawn = (row, name) => row.getByRole("img", { name: `:${name}:` });
const chats = (page) => page.getByRole("list", { name: "Chats" }).getByRole("link");
const shot = (page, name) => (process.env.CONCLAVE_SHOTS ? page.screenshot({ path: `${process.env.CONCLAVE_SHOTS}/${name}.png` }) : undefined);

const chip = (row) => row.getByRole("button", { name: /^.?:blobs:/ });

// reacts puts the emoji of the chat to a message.
async function reacts(page, row) {
  await row.hover();
  await row.getByRole("button", { name: "React", exact: true }).click();
  await picker(page).getByRole("button", { name: "Of this chat", exact: true }).click();
  await picker(page).getByRole("button", { name: ":blobs:" }).click();
  await gone(picker(page));
}

// does is what a button says that does something to an emoji: the page sets names in a text apart with invisible characters.
const does = (what, name) => new RegExp(`^${what} :\u2068?${name}\u2069?:$`);

// squares is an animation of two frames, a red one and a blue one, as a GIF.
function squares() {
  const frame = (colour) => [0x21, 0xf9, 4, 4, 5, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, colour, 1, 0];
  const colours = [0xff, 0, 0, 0, 0, 0xff];
  const loop = [0x21, 0xff, 11, ...Buffer.from("NETSCAPE2.0"), 3, 1, 0, 0, 0];
  return Buffer.from([...Buffer.from("GIF89a"), 1, 0, 1, 0, 0x80, 0, 0, ...colours, ...loop, ...frame(0x44), ...frame(0x4c), 0x3b]);
}

// give presses a button that asks for a file, and gives it one.
async function give(page, button, file) {
  const asked = page.waitForEvent("filechooser");
  await panel(page).getByRole("button", { name: button }).click();
  await (await asked).setFiles(file);
}

async function add(page, name) {
  await give(page, "Add an emoji", { name: `${name}.gif`, mimeType: "image/gif", buffer: squares() });
  const named = page.getByRole("dialog", { name: "Add an emoji" });
  assert.equal(await named.getByLabel("Name").inputValue(), name, "the file gives the first name");
  await named.getByRole("button", { name: "Add", exact: true }).click();
  await inPack(page, name).waitFor();
}

async function rename(page, from, to) {
  await inPack(page, from).getByRole("button", { name: does("Rename", from) }).click();
  const named = page.getByRole("dialog", { name: does("Rename", from) });
  await named.getByLabel("Name").fill(to);
  await named.getByRole("button", { name: "Rename", exact: true }).click();
  await gone(named);
  await inPack(page, to).waitFor();
}

story("a conversation has emoji of its own", 2, async ({ nodes: [one, two], open }) => {
  const [ana, ben] = await couple(open, one, two);
  await makeGroup(ana, "Dance", ["Ben"]);
  await inGroup(ben, "Dance");
  await composer(ben).waitFor();

  // Added and renamed in the panel; who may not change the group's picture looks only.
  await details(ana, "Custom emoji");
  await add(ana, "party");
  await rename(ana, "party", "blobs");
  await details(ben, "Custom emoji");
  await inPack(ben, "blobs").waitFor();
  assert.equal(await panel(ben).getByRole("button", { name: "Add an emoji" }).count(), 0);
  assert.equal(await inPack(ben, "blobs").getByRole("button").count(), 0);

  // By the picker and by its name, and seen as a picture by the other one.
  await ana.getByRole("button", { name: "Insert an emoji" }).click();
  await picker(ana).getByRole("button", { name: "Of this chat", exact: true }).click();
  await picker(ana).getByRole("button", { name: ":blobs:" }).click();
  await gone(picker(ana));
  await ana.waitForFunction(() => document.activeElement?.value?.trim() === ":blobs:");
  await ana.keyboard.press("End");
  await ana.keyboard.type("and :blo");
  await ana.getByRole("option", { name: ":blobs:" }).waitFor();
  await ana.keyboard.press("Enter");
  await ana.keyboard.type("again");
  await ana.keyboard.press("Enter");
  const row = (page) => page.getByRole("article").filter({ hasText: "again" });
  for (const page of [ana, ben]) {
    await drawn(row(page), "blobs").nth(1).waitFor();
    assert.equal(await drawn(row(page), "blobs").count(), 2);
    assert.ok(await drawn(row(page), "blobs").first().evaluate((picture) => picture.complete && picture.naturalWidth === 1), "the picture is shown");
  }

  // Under a message: the picture, for both, and in the list of who it was.
  await reacts(ben, row(ben));
  await drawn(chip(row(ana)), "blobs").waitFor();
  await chip(row(ana)).click();
  await chip(row(ben)).filter({ hasText: "2" }).waitFor();
  await chip(row(ben)).click({ button: "right" });
  const who = ben.getByRole("dialog", { name: "Who reacted" });
  await drawn(who.getByRole("listitem").filter({ hasText: "Ana" }), "blobs").waitFor();
  await who.getByRole("button", { name: "Close" }).click();
  await shot(ben, "emoji-reaction");

  // Into a file, and out of it in another chat, where both may change.
  const saved = ana.waitForEvent("download");
  await panel(ana).getByRole("button", { name: "Export" }).click();
  const file = await (await saved).path();
  for (const page of [ana, ben]) await chats(page).filter({ hasNotText: "Dance" }).click();
  await ana.getByRole("button", { name: "Contact details" }).click();
  await panel(ana).getByRole("link", { name: /^Custom emoji/ }).click();
  await panel(ana).getByText("There are none yet.").waitFor();
  await give(ana, "Import", { name: "more.json", mimeType: "application/json", buffer: Buffer.from('{"form":"other","emoji":[]}') });
  await panel(ana).getByText("This file is no pack of emoji.").waitFor();
  await give(ana, "Import", file);
  await inPack(ana, "blobs").waitFor();
  await say(ben, "here too :blobs:");
  const there = (page) => page.getByRole("article").filter({ hasText: "here too" });
  for (const page of [ana, ben]) await drawn(there(page), "blobs").waitFor();
  await reacts(ben, there(ben));
  await drawn(chip(there(ana)), "blobs").waitFor();

  // What is taken away is a word again, in that chat alone.
  await inPack(ana, "blobs").getByRole("button", { name: does("Remove", "blobs") }).click();
  await panel(ana).getByText("There are none yet.").waitFor();
  for (const page of [ana, ben]) {
    await message(page, "here too :blobs:").waitFor();
    await chip(there(page)).filter({ hasText: ":blobs:1" }).waitFor();
  }
  await inGroup(ben, "Dance");
  await drawn(row(ben), "blobs").first().waitFor();

  // The same by hand in every look; pictures stand still for who wants that.
  await inGroup(ana, "Dance");
  await details(ana, "Custom emoji");
  await inPack(ana, "blobs").waitFor();
  await inLooks(open, ana, FEW_LOOKS, async (page, look) => {
    await inPack(page, "blobs").waitFor();
    await page.evaluate(axe);
    await check(page, `custom emoji, ${look}`);
    await shot(page, `emoji-${look}`);
    await add(page, "party");
    await inPack(page, "party").getByRole("button", { name: does("Rename", "party") }).click();
    await dialog(page).getByLabel("Name").fill("blobs");
    await dialog(page).getByText("There is an emoji of this name already.").waitFor();
    await check(page, `renaming an emoji, ${look}`);
    await shot(page, `emoji-rename-${look}`);
    await dialog(page).getByRole("button", { name: "Close" }).click();
    await rename(page, "party", `in-${look}`);
    await inPack(page, `in-${look}`).getByRole("button", { name: does("Remove", `in-${look}`) }).click();
    await gone(inPack(page, `in-${look}`));

    await panel(page).getByRole("button", { name: "Close details" }).click();
    await page.getByRole("button", { name: "Insert an emoji" }).click();
    await picker(page).getByRole("button", { name: "Of this chat", exact: true }).click();
    const still = picker(page).getByRole("button", { name: ":blobs:" }).locator("canvas");
    await still.waitFor();
    await page.waitForFunction(() => {
      const canvas = document.querySelector(".emoji-grid canvas");
      return canvas?.getContext("2d").getImageData(0, 0, 1, 1).data.join() === "255,0,0,255";
    });
    assert.equal(await picker(page).locator("img").count(), 0, "nothing in the picker may move");
    await check(page, `the picker with custom emoji, ${look}`);
    await shot(page, `emoji-picker-${look}`);
    await page.keyboard.press("Escape");
    await gone(picker(page));
  });
});
