// Contact by address: a request that shows nothing before it is accepted.
import assert from "node:assert/strict";
import { composer, go, message, myAddress, openChat, say, setUp, show, story } from "../people.mjs";

async function request(page, address, name) {
  await show(page, address);
  await page.getByRole("button", { name: new RegExp(`^Send request to .?${name}`, "i") }).click();
  await composer(page).waitFor();
}

const asks = (page, name) => page.getByRole("link", { name: new RegExp(name, "i") });

story("a request shows who asks and nothing they wrote, until it is accepted", 2, async ({ nodes: [one, two], open }) => {
  const ana = await (await open()).newPage();
  const ben = await (await open()).newPage();
  await setUp(ana, one, "Ana");
  await setUp(ben, two, "Ben");
  await request(ben, await myAddress(ana), "Ana");
  await ben.getByText("has not accepted your request yet").waitFor();
  await say(ben, "SECRET-UNTIL-ACCEPTED");

  await go(ana, "Contacts");
  await asks(ana, "Ben").click();
  await ana.getByRole("heading", { name: /ben.* wants to write to you/i }).waitFor();
  assert.ok(!(await ana.content()).includes("SECRET-UNTIL-ACCEPTED"), "the text is shown before it is accepted");
  await ana.getByRole("button", { name: "Accept" }).click();
  await message(ana, "SECRET-UNTIL-ACCEPTED").waitFor();
  await say(ana, "welcome");
  await message(ben, "welcome").waitFor();
  await ben.getByText("has not accepted your request yet").waitFor({ state: "detached" });
});

story("a blocked person reaches nobody and is not told", 2, async ({ nodes: [one, two], open }) => {
  const ana = await (await open()).newPage();
  const ben = await (await open()).newPage();
  await setUp(ana, one, "Ana");
  await setUp(ben, two, "Ben");
  await request(ben, await myAddress(ana), "Ana");

  await go(ana, "Contacts");
  await asks(ana, "Ben").click();
  await ana.getByRole("button", { name: "Block" }).click();
  await ana.getByRole("button", { name: "Unblock" }).waitFor();
  await say(ben, "can you see me");
  await message(ben, "can you see me").waitFor();
  await go(ana, "Chats");
  assert.ok(!(await ana.content()).includes("can you see me"));

  await go(ana, "Contacts");
  await asks(ana, "Ben").click();
  await ana.getByRole("button", { name: "Unblock" }).click();
  await ana.getByRole("button", { name: "Block" }).waitFor();
  await openChat(ben, "Ana");
});

story("wrong links and addresses are explained", 1, async ({ nodes: [one], open }) => {
  const ana = await (await open()).newPage();
  await setUp(ana, one, "Ana");
  const own = await ana.getByRole("textbox", { name: "Your contact link" }).inputValue();
  const look = async (typed, answer) => {
    await ana.getByLabel("Link or address").fill(typed);
    await ana.getByRole("button", { name: "Show whose it is" }).click();
    await ana.getByText(answer).first().waitFor();
  };
  await look("not a link", "This is not a contact link or an address.");
  await look(own, "This is your own link.");
  await look("https://node.example/i#AAAA", "This is not a contact link or an address.");
});
