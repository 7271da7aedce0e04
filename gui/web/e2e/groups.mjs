// What a person does in groups, in the words of the page.
import { composer, go } from "./people.mjs";

export const PATIENT = { timeout: 60_000 };
export const panel = (page) => page.getByRole("complementary");
export const people = (page) => panel(page).getByRole("list", { name: /^People in/ });
export const person = (page, name) => people(page).getByRole("button", { name: new RegExp(name) });
export const dialog = (page) => page.getByRole("dialog");
export const notice = (page, text) => page.getByRole("feed").getByText(text, { exact: false }).first();

export async function choose(page, item) {
  await go(page, "Chats");
  await page.getByRole("button", { name: "New chat or group" }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

export async function makeGroup(page, name, members, kind = "group") {
  await choose(page, `New ${kind}`);
  await page.getByLabel("Name", { exact: true }).fill(name);
  for (const one of members) await page.getByRole("checkbox", { name: new RegExp(one) }).check();
  await page.getByRole("button", { name: `Make the ${kind}` }).click();
  await composer(page).waitFor(PATIENT);
}

// inGroup opens a chat that somebody else brought about.
export async function inGroup(page, name) {
  await go(page, "Chats");
  await page.getByRole("list", { name: "Chats" }).getByRole("link", { name: new RegExp(name) }).click(PATIENT);
  await page.getByRole("heading", { name, level: 1 }).waitFor();
}

// details opens a page of the group's panel.
export async function details(page, name) {
  if (!(await panel(page).count())) await page.getByRole("button", { name: /^(Group|Channel) details$/ }).click();
  else if (await panel(page).getByRole("button", { name: "Back to the overview" }).count()) await panel(page).getByRole("button", { name: "Back to the overview" }).click();
  if (name) await panel(page).getByRole("link", { name: new RegExp(`^${name}`) }).click();
}

export const closeDetails = (page) => panel(page).getByRole("button", { name: "Close details" }).click();

export async function makeLink(page, { approval = false } = {}) {
  await details(page, "Invite links");
  if (approval) await page.getByRole("switch", { name: "Ask me first" }).check();
  await page.getByRole("button", { name: "Make a link" }).click();
  return page.getByRole("textbox", { name: "Invite link" }).inputValue();
}

export async function paste(page, link) {
  await go(page, "Contacts");
  await page.getByRole("link", { name: "Add a contact or join" }).first().click();
  await page.getByLabel("Link or address").fill(link);
  await page.getByRole("button", { name: "Show whose it is" }).click();
}
