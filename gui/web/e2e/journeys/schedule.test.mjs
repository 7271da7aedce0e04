// A message is sent later, changed, sent now and cancelled; somebody is reminded of a message; a snippet is kept and inserted.
import assert from "node:assert/strict";
import { LOOKS, axe, check } from "../looks.mjs";
import { befriend, composer, go, message, myLink, openChat, say, setUp, story } from "../people.mjs";

const later = (page, text) => page.getByRole("listitem").filter({ hasText: text });

// soon is a time of the page's clock, as a field for date and time takes it.
const soon = (page, minutes) =>
  page.evaluate((ms) => {
    const at = new Date(Date.now() + ms);
    return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  }, minutes * 60_000);

story("a message is sent later, and a reminder and a snippet help", 2, async ({ nodes: [one, two], open }) => {
  const ana = await (await open()).newPage();
  const ben = await (await open()).newPage();
  await setUp(ana, one, "Ana");
  await setUp(ben, two, "Ben");
  await befriend(ben, await myLink(ana), "Ana");
  await openChat(ana, "Ben");
  const chat = ana.url();

  // By a preset: the composer is free again, the chat says that something waits.
  await composer(ana).fill("good morning");
  await ana.getByRole("button", { name: "Send later" }).click();
  await ana.getByRole("menuitem", { name: /^Tomorrow morning/ }).click();
  await ana.getByText("1 message is scheduled in this chat.").waitFor();
  assert.equal(await composer(ana).inputValue(), "");

  // By a time, with the keyboard; what is past is refused.
  await composer(ana).fill("by hand");
  await ana.getByRole("button", { name: "Send later" }).focus();
  await ana.keyboard.press("Enter");
  await ana.getByRole("menuitem", { name: "Choose a time" }).press("Enter");
  await ana.getByLabel("Date and time").fill("2020-01-01T10:00");
  await ana.keyboard.press("Enter");
  await ana.getByText("Choose a time that is still to come.").waitFor();
  await ana.getByLabel("Date and time").fill(await soon(ana, 90));
  await ana.keyboard.press("Enter");
  await ana.getByText("2 messages are scheduled in this chat.").waitFor();

  // The list: edited, sent now, cancelled.
  await ana.getByRole("link", { name: "Show" }).click();
  await later(ana, "by hand").getByRole("button", { name: "Edit" }).click();
  await ana.getByLabel("Message", { exact: true }).fill("by hand, and better");
  await ana.getByRole("button", { name: "Save" }).click();
  await later(ana, "by hand, and better").getByRole("button", { name: "Send now" }).click();
  await message(ben, "by hand, and better").waitFor();
  await later(ana, "good morning").getByRole("button", { name: "Cancel message" }).click();
  await ana.getByRole("heading", { name: "Nothing is scheduled" }).waitFor();

  // One goes out by itself, while another screen is open. The dialog counts in minutes, so the page asks the node itself.
  const status = await ana.evaluate(async (conversation) => {
    const body = JSON.stringify({ text: "by itself", at: new Date(Date.now() + 2000).toISOString() });
    return (await fetch(`/api/v1/conversations/${conversation}/scheduled`, { method: "POST", headers: { "Content-Type": "application/json" }, body })).status;
  }, chat.split("/").pop());
  assert.equal(status, 201);
  await later(ana, "by itself").waitFor();
  await message(ben, "by itself").waitFor();
  await ana.getByRole("heading", { name: "Nothing is scheduled" }).waitFor();
  await ana.goto(chat);

  // A reminder, with its entry in the list.
  await say(ben, "call me");
  await message(ana, "call me").hover();
  await message(ana, "call me").getByRole("button", { name: "More" }).click();
  await ana.getByRole("menuitem", { name: "Remind me" }).click();
  await ana.getByRole("menuitem", { name: /^In an hour/ }).click();
  await go(ana, /^Later/);
  await ana.getByRole("link", { name: "Reminders" }).click();
  await later(ana, "call me").getByText("Ben in Ben").waitFor();

  // A snippet is kept, and inserted by its name.
  await ana.goto(`${one.url}/settings/snippets`);
  await ana.getByLabel("Name", { exact: true }).fill("thanks");
  await ana.getByLabel("Text", { exact: true }).fill("Thank you very much!");
  await ana.getByRole("button", { name: "Add snippet" }).click();
  await ana.getByText("/thanks").waitFor();
  await ana.goto(chat);
  await composer(ana).pressSequentially("/tha");
  await ana.getByRole("option", { name: /thanks/ }).waitFor();
  await composer(ana).press("Enter");
  assert.equal(await composer(ana).inputValue(), "Thank you very much!");

  const state = await ana.context().storageState();
  for (const { contrast, ...look } of LOOKS) {
    const context = await open({ storageState: state, ...look });
    await context.addInitScript((kept) => location.origin !== "null" && localStorage.setItem("conclave.look", kept), JSON.stringify({ contrast: contrast ?? "normal" }));
    const page = await context.newPage();
    for (const [name, path, seen] of [
      ["scheduled", "/saved/scheduled", page.getByRole("heading", { name: "Scheduled messages" })],
      ["reminders", "/saved/reminders", later(page, "call me")],
      ["snippets", "/settings/snippets", page.getByText("/thanks")],
      ["composer", new URL(chat).pathname, page.getByRole("button", { name: "Send later" })],
    ]) {
      await page.goto(one.url + path);
      await seen.first().waitFor();
      await page.evaluate(axe);
      await check(page, `${name}, ${look.name}`);
      await shot(page, `later-${name}-${look.name}`);
    }
    await context.close();
  }

  assert.equal(await message(ben, "by itself").count(), 1);
});

const shot = (page, name) => (process.env.CONCLAVE_SHOTS ? page.screenshot({ path: `${process.env.CONCLAVE_SHOTS}/${name}.png` }) : undefined);
