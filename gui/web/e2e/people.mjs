// What a person does in the page, in the words of the page. A journey reads
// as a story because of these.
import assert from "node:assert/strict";

export { story, withClipboard } from "./story.mjs";

export const PASSPHRASE = "correct horse battery";

// hasCopied waits until a page has copied a text: what it writes there may take a moment.
export function hasCopied(page, text) {
  return page.waitForFunction(async (want) => (await navigator.clipboard.readText()) === want, text);
}

// setUp makes the owner of a fresh node, all by the page.
export async function setUp(page, node, displayName) {
  await page.bringToFront(); // a page behind another of its window draws once a second
  await page.goto(`${node.url}/setup#claim=${node.setupToken}`);
  await page.getByLabel("Your name").fill(displayName);
  await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await page.getByRole("button", { name: "Start" }).click();
  await page.getByRole("heading", { name: "Add your first contact" }).waitFor();
}

export async function logIn(page, node, name, passphrase = PASSPHRASE) {
  await page.bringToFront();
  await page.goto(`${node.url}/unlock`);
  await page.getByLabel("Name on this node").fill(name);
  await page.getByLabel("Passphrase", { exact: true }).fill(passphrase);
  await page.getByRole("button", { name: "Log in" }).click();
}

// myLink reads the own contact link off the page.
export async function myLink(page) {
  await go(page, "Contacts");
  await page.getByRole("link", { name: "Add a contact" }).first().click();
  return page.getByRole("textbox", { name: "Your contact link" }).inputValue();
}

export async function myAddress(page) {
  await go(page, "Contacts");
  await page.getByRole("link", { name: "Add a contact" }).first().click();
  return page.getByRole("textbox", { name: "Your address" }).inputValue();
}

export async function go(page, place) {
  await page.bringToFront();
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: place }).click();
}

// show brings up the card behind a link or an address, sending nothing.
export async function show(page, invitation) {
  await go(page, "Contacts");
  await page.getByRole("link", { name: "Add a contact" }).first().click();
  await page.getByLabel("Link or address").fill(invitation);
  await page.getByRole("button", { name: "Show whose it is" }).click();
  await page.getByRole("heading", { name: "Is this who you mean?" }).waitFor();
}

// befriend adds a contact by link and ends in the chat.
export async function befriend(page, link, name) {
  await show(page, link);
  await page.getByRole("button", { name: new RegExp(`^Message .?${name}`) }).click();
  await composer(page).waitFor();
}

// couple makes the owners of two nodes, Ana and Ben, who are contacts; each of the two pages is in their chat.
export async function couple(open, one, two) {
  const ana = await (await open()).newPage();
  const ben = await (await open()).newPage();
  await setUp(ana, one, "Ana");
  await setUp(ben, two, "Ben");
  await befriend(ben, await myLink(ana), "Ana");
  await openChat(ana, "Ben");
  return [ana, ben];
}

export const composer = (page) => page.getByRole("textbox", { name: /^Message to/ });

export async function openChat(page, name) {
  await go(page, "Chats");
  await page.getByRole("list", { name: "Chats" }).getByRole("link", { name: new RegExp(name, "i") }).click();
  await composer(page).waitFor();
}

export async function say(page, text) {
  await composer(page).fill(text);
  await composer(page).press("Enter");
}

// message finds the row that shows exactly this text.
export function message(page, text) {
  const exact = page.locator(".message-text").filter({ hasText: new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`) });
  return page.getByRole("article").filter({ has: exact });
}

// What an own message that has come that far may show: it goes on by itself.
const THAT_FAR = { sent: ["sent", "delivered", "read"], delivered: ["delivered", "read"] };

// reaches waits until an own message has come that far.
export async function reaches(page, text, state) {
  const shown = (THAT_FAR[state] ?? [state]).map((one) => `[data-state="${one}"]`).join(", ");
  await message(page, text).locator(shown).waitFor();
}

// gone waits until something is not in the page any more.
export const gone = (locator) => locator.waitFor({ state: "detached" });

// focused is what the focus is on, in the words of the page.
export function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    const text = element?.matches("a, button") ? element.textContent : "";
    return element?.getAttribute("aria-label") ?? element?.labels?.[0]?.textContent ?? text;
  });
}

// hasFocus waits until the focus is where it belongs.
export async function hasFocus(page, wanted, why) {
  let found;
  for (const end = Date.now() + 60_000; Date.now() < end; await page.waitForTimeout(20)) {
    found = await focused(page);
    if (wanted.test(found)) return;
  }
  assert.match(found, wanted, why);
}

export async function texts(page) {
  return page.locator(".message-text").allTextContents();
}
