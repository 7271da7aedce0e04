// Mailboxes: chosen in the settings, kept by another node, given up.
import assert from "node:assert/strict";
import { dialog, PATIENT } from "../groups.mjs";
import { befriend, go, myLink, setUp, story } from "../people.mjs";

const place = (page) => page.getByLabel("Address of the node");

async function openSettings(page, node) {
  await page.goto(`${node.url}/settings/mailboxes`);
  await page.getByRole("heading", { name: "Mailboxes", level: 1 }).waitFor();
}

async function add(page, address) {
  await place(page).fill(address);
  await page.getByRole("button", { name: "Add", exact: true }).click();
}

// ownAddress reads off the owner's page what others paste.
async function ownAddress(page) {
  await go(page, "Node");
  return page.getByRole("textbox", { name: "Address of this node as a mailbox" }).inputValue();
}

story("a mailbox is chosen, says that it keeps, and is given up", 2, async ({ nodes: [one, two], open }) => {
  const ana = await (await open()).newPage();
  const ben = await (await open()).newPage();
  await setUp(ana, one, "Ana");
  await setUp(ben, two, "Ben");
  const [hers, his] = [await ownAddress(ana), await ownAddress(ben)];
  await ben.getByText("Nothing: no node uses it").waitFor();

  await openSettings(ana, one);
  await ana.getByText("No mailbox yet").waitFor();
  await ana.getByRole("button", { name: "Add", exact: true }).click();
  await ana.getByText("Paste the address of a node.").waitFor();
  await add(ana, two.url);
  await ana.getByText("This is not the address of a node.").waitFor();
  await add(ana, hers);
  await ana.getByText("of another node").waitFor(PATIENT);

  // Ben's node keeps for nodes of contacts only, and says so.
  await add(ana, his);
  const row = ana.getByRole("list", { name: "Your mailboxes" }).getByRole("listitem");
  await row.getByText("Refuses").waitFor(PATIENT);
  await row.getByText("Its owner decides for whom it keeps.").waitFor();
  await add(ana, his);
  await ana.getByText("This node is a mailbox of yours already.").waitFor();
  await row.getByRole("button", { name: /^Remove/ }).click();
  await dialog(ana).getByRole("button", { name: "Remove" }).click();
  await ana.getByText("No mailbox yet").waitFor();

  await befriend(ana, await myLink(ben), "Ben");
  await openSettings(ana, one);
  await add(ana, his);
  await row.getByText("Keeps for you").waitFor(PATIENT);
  await ana.reload();
  await row.getByText("Keeps for you").waitFor(PATIENT);
  await go(ben, "Node");
  await ben.getByText(/Nothing waits · for .?1 node/).waitFor(PATIENT);

  await row.getByRole("button", { name: /^Remove/ }).click();
  await dialog(ana).getByText("drops what waits there").waitFor();
  await ana.keyboard.press("Escape");
  assert.equal(await row.count(), 1, "a mailbox is removed without an answer");
  await row.getByRole("button", { name: /^Remove/ }).click();
  await dialog(ana).getByRole("button", { name: "Remove" }).click();
  await ana.getByText("No mailbox yet").waitFor();
});
