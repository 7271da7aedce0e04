// What is written in one page shows in the account's other page, survives a reload, a node that is away and its restart, and is
// gone everywhere once it is sent.
import assert from "node:assert/strict";
import { composer, couple, logIn, message, story } from "../people.mjs";

// holds waits until the composer holds a text.
async function holds(page, text) {
  await page.waitForFunction((wanted) => document.querySelector(".composer textarea")?.value === wanted, text, { timeout: 60_000 });
}

story("a draft is the same on two pages of an account", 2, async ({ nodes: [one, two], open }) => {
  const [ana, ben] = await couple(open, one, two);
  const chat = ana.url();
  const laptop = await (await open()).newPage();
  await logIn(laptop, one, "ana");
  await laptop.getByRole("list", { name: "Chats" }).waitFor();
  const beside = `${one.url}/groups`; // the list of chats with none open
  await laptop.goto(beside);
  await laptop.getByRole("list", { name: "Chats" }).waitFor();

  // The list of the other page tells of it, its composer goes on with it.
  await composer(ana).pressSequentially("half a sen");
  await laptop.getByRole("list", { name: "Chats" }).getByText("Draft: half a sen").waitFor();
  await laptop.goto(chat);
  await holds(laptop, "half a sen");
  await composer(laptop).fill("half a sentence");
  await holds(ana, "half a sentence");
  assert.equal(await laptop.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }).includes("sentence")), false, "a draft lies in the browser's storage");

  // The node is away: nothing is lost of what is written, and it is saved when the node is back.
  await one.kill();
  await composer(laptop).fill("half a sentence, offline");
  await one.start();
  await holds(ana, "half a sentence, offline");
  await ana.reload();
  await holds(ana, "half a sentence, offline");
  await ana.goto(beside);
  await ana.getByRole("list", { name: "Chats" }).getByText("Draft: half a sentence, offline").waitFor();

  // What is sent is no draft any more, on no page.
  await composer(laptop).press("Enter");
  await message(ben, "half a sentence, offline").waitFor();
  await ana.getByRole("list", { name: "Chats" }).getByText(/^Draft/).waitFor({ state: "detached" });
  await ana.goto(chat);
  await composer(ana).waitFor();
  await message(ana, "half a sentence, offline").waitFor();
  await holds(ana, "");
});
