// People are mentioned by @, with the keyboard and by the pointer; the list of chats and the inbox say so, until it is read.
import assert from "node:assert/strict";
import { LOOKS, axe, check } from "../looks.mjs";
import { inGroup, makeGroup, PATIENT } from "../groups.mjs";
import { composer, couple, go, gone, message, openChat, say, story } from "../people.mjs";

const offered = (page) => page.getByRole("listbox", { name: "What you may mean" }).getByRole("option");
const row = (page, name) => page.getByRole("list", { name: "Chats" }).getByRole("link", { name: new RegExp(name) });

story("somebody is mentioned, finds it in the inbox and reads it", 2, async ({ nodes: [one, two], open }) => {
  const [ana, ben] = await couple(open, one, two);
  await makeGroup(ana, "Kitchen", ["Ben"]);
  await inGroup(ben, "Kitchen");
  await composer(ben).waitFor(PATIENT);
  await say(ben, "hello");
  await message(ana, "hello").waitFor(PATIENT);
  await openChat(ben, "Ana");

  // With the keyboard.
  await composer(ana).pressSequentially("tea, @be");
  await offered(ana).filter({ hasText: "Ben" }).waitFor();
  await composer(ana).press("Enter");
  assert.equal(await composer(ana).inputValue(), "tea, @Ben ");
  await composer(ana).pressSequentially("?");
  await composer(ana).press("Enter");
  await message(ana, "tea, @Ben ?").waitFor();
  await row(ben, "Kitchen").getByText("1 unread mention").waitFor(PATIENT);
  await ben.getByRole("button", { name: "Mentions", exact: true }).click();
  await row(ben, "Kitchen").waitFor();
  assert.equal(await ben.getByRole("list", { name: "Chats" }).getByRole("link").count(), 1, "a chat without mentions is among those with some");

  // The inbox shows what comes, and leads to it.
  await go(ben, "Inbox");
  const card = (text) => ben.getByRole("list", { name: "Mentions" }).getByRole("button", { name: new RegExp(text) });
  await card("tea, @Ben").getByRole("img", { name: "Unread" }).waitFor();
  await composer(ana).pressSequentially("@al");
  await offered(ana).filter({ hasText: "2 people" }).click();
  await composer(ana).pressSequentially("now");
  await composer(ana).press("Enter");
  await card("@all now").waitFor(PATIENT);
  for (const { contrast, ...look } of LOOKS.filter(({ name }) => ["light", "dark", "phone"].includes(name))) {
    const context = await open({ storageState: await ben.context().storageState(), ...look });
    await context.addInitScript((kept) => location.origin !== "null" && localStorage.setItem("conclave.look", kept), JSON.stringify({ contrast: contrast ?? "normal" }));
    const page = await context.newPage();
    await page.goto(ben.url());
    await page.getByRole("list", { name: "Mentions" }).waitFor();
    await page.evaluate(axe);
    await check(page, `inbox, ${look.name}`);
    await shot(page, `inbox-${look.name}`);
    await context.close();
  }
  await card("tea, @Ben").click();
  await ben.getByRole("heading", { name: "Kitchen", level: 1 }).waitFor();
  await message(ben, "tea, @Ben ?").waitFor();
  await gone(row(ben, "Kitchen").getByText("unread mention"));
  await go(ben, "Inbox");
  await card("@all now").waitFor();
  assert.equal(await ben.getByRole("img", { name: "Unread" }).count(), 0, "what was read is shown as unread");

  // An edit keeps who was meant, and a plain @ means nobody.
  await composer(ana).press("ArrowUp");
  await ana.getByRole("textbox", { name: "New text of the message" }).fill("@all later");
  await ana.keyboard.press("Enter");
  await card("@all later").waitFor(PATIENT);
  await say(ana, "@nobody");
  await message(ana, "@nobody").locator('[data-state="delivered"], [data-state="read"]').waitFor();
  assert.equal(await card("@nobody").count(), 0);
});

const shot = (page, name) => (process.env.CONCLAVE_SHOTS ? page.screenshot({ path: `${process.env.CONCLAVE_SHOTS}/${name}.png` }) : undefined);
