// One person and their account: recovery key, sessions, passphrase, invites.
import assert from "node:assert/strict";
import { befriend, go, logIn, myLink, openChat, PASSPHRASE, say, setUp, story } from "../people.mjs";

const chats = (page) => page.getByRole("navigation", { name: "Main" });

story("the recovery key is kept, confirmed, and opens the account again", 2, async ({ nodes: [one, two], open }) => {
  const browser = await open();
  const ana = await browser.newPage();
  const ben = await browser.newPage();
  await setUp(ana, one, "Ana");
  await setUp(ben, two, "Ben");
  const reminder = ana.getByRole("region", { name: "Save your recovery key" });
  assert.equal(await reminder.count(), 0, "the key is offered before the first message");
  await befriend(ana, await myLink(ben), "Ben");
  await say(ana, "first");
  await reminder.getByRole("link", { name: "Save it now" }).click();

  await ana.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await ana.getByRole("button", { name: "Show recovery key" }).click();
  const list = ana.getByRole("list", { name: "Your recovery key" }).getByRole("listitem");
  await list.first().waitFor();
  const groups = await list.allTextContents();
  assert.equal(groups.length, 8);
  await ana.getByRole("button", { name: "I have kept it" }).click();
  const field = ana.getByLabel(/^Type group/);
  const label = await ana.locator("label", { hasText: "Type group" }).textContent();
  const group = Number(/\d/.exec(label)[0]);
  await field.fill("0000");
  await ana.getByRole("button", { name: "Confirm" }).click();
  await ana.getByText(`This is not group`).waitFor();
  await field.fill(groups[group - 1].toLowerCase());
  await ana.getByRole("button", { name: "Confirm" }).click();
  await ana.getByText("You have your recovery key.").waitFor();

  const other = await (await open()).newPage();
  await other.goto(`${one.url}/unlock`);
  await other.getByRole("link", { name: /recovery key/ }).click();
  await other.getByLabel("Name on this node").fill("ana");
  await other.getByLabel("Recovery key").fill(groups.join(" ").toLowerCase());
  await other.getByLabel("New passphrase").fill("a wholly new phrase");
  await other.getByRole("button", { name: "Set the new passphrase" }).click();
  await openChat(other, "Ben");
  await other.getByText("first").first().waitFor();

  await ana.getByText("You were logged out").waitFor();
  await logIn(ana, one, "ana", PASSPHRASE);
  await ana.getByRole("alert").getByText("Name or passphrase is not right.").waitFor();
  await logIn(ana, one, "ana", "a wholly new phrase");
  await chats(ana).waitFor();
});

story("a session that is ended closes its page at once", 1, async ({ nodes: [one], open }) => {
  const here = await (await open()).newPage();
  await setUp(here, one, "Ana");
  const there = await (await open()).newPage();
  await logIn(there, one, "ana");
  await chats(there).waitFor();

  await here.goto(`${one.url}/settings/sessions`);
  await here.getByRole("button", { name: /^Log out / }).click();
  await there.getByText("You were logged out").waitFor();
  await here.getByRole("button", { name: /^Log out / }).waitFor({ state: "detached" });
  await there.reload();
  await there.getByRole("heading", { name: "Welcome back" }).waitFor();
});

story("an owner invites somebody, and suspends them with a reason", 1, async ({ nodes: [one], open }) => {
  const owner = await (await open()).newPage();
  await setUp(owner, one, "Ana");
  await go(owner, "Node");
  await owner.getByRole("link", { name: "Invites" }).click();
  await owner.getByRole("button", { name: "Make an invite" }).click();
  const link = await owner.getByRole("textbox", { name: "Invite link" }).inputValue();

  const guest = await (await open()).newPage();
  await guest.goto(link);
  await guest.getByLabel("Your name").fill("Chiara");
  await guest.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await guest.getByRole("button", { name: "Make my account" }).click();
  await guest.getByRole("heading", { name: "Add your first contact" }).waitFor();
  assert.equal(await chats(guest).getByRole("link", { name: "Node" }).count(), 0, "a guest sees the owner's pages");

  await owner.getByRole("link", { name: "Accounts" }).click();
  await owner.getByRole("button", { name: /Suspend .*Chiara/ }).click();
  await owner.getByLabel("Reason").fill("sent too much");
  await owner.getByRole("dialog").getByRole("button", { name: "Suspend" }).click();
  await guest.getByText("You were logged out").waitFor();
  await logIn(guest, one, "chiara");
  await guest.getByText(/sent too much/).waitFor();

  await owner.getByRole("button", { name: /Restore .*Chiara/ }).click();
  await owner.getByRole("button", { name: /Suspend .*Chiara/ }).waitFor();
  await logIn(guest, one, "chiara");
  await chats(guest).waitFor();
});
