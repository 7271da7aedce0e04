// Notifications of the page: asked for after the first message, one page speaks, and only of what is worth it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { again, axe, check, FEW_LOOKS, wear } from "../looks.mjs";
import { makeGroup } from "../groups.mjs";
import { befriend, composer, go, gone, message, myLink, openChat, reaches, say, setUp, story } from "../people.mjs";

// What the browser would show is noted instead, with the page that did.
const noting = () => {
  const shown = [];
  globalThis.notes = shown;
  if (location.origin === "null") return;
  let permission = localStorage.getItem("test.permission") ?? "default";
  globalThis.Notification = class {
    static get permission() {
      return permission;
    }
    static async requestPermission() {
      localStorage.setItem("test.permission", (permission = "granted"));
      return permission;
    }
    constructor(title, { body, tag }) {
      shown.push({ title, body, tag, click: () => this.onclick() });
    }
    close() {}
  };
};

const notes = (page) => page.evaluate(() => globalThis.notes.map(({ title, body }) => `${title}: ${body}`));
const icon = (page) => page.locator('link[rel="icon"]').getAttribute("href");

async function until(what, is) {
  for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) if (await is()) return;
  assert.fail(what);
}

story("notifications tell of what is worth it, once", 2, async ({ nodes: [one, two], open }) => {
  const context = await open();
  await context.addInitScript(noting);
  const ana = await context.newPage();
  const ben = await (await open()).newPage();
  await setUp(ana, one, "Ana");
  await setUp(ben, two, "Ben");
  await befriend(ben, await myLink(ana), "Ana");
  await makeGroup(ana, "Alone", []);
  const ask = ana.getByRole("complementary", { name: "Be told of new messages?" });
  await say(ben, "before");
  assert.equal(await ask.count(), 0, "it is asked before anything was sent");
  await say(ana, "a note to myself");
  await ask.waitFor();
  await ana.evaluate(axe);
  await check(ana, "the question");
  await ask.getByRole("button", { name: "Yes, tell me" }).click();
  await gone(ask);

  const other = await context.newPage();
  await other.goto(`${one.url}/settings/notifications`);
  await other.getByRole("heading", { name: "Do not disturb" }).waitFor();
  const all = async () => [...(await notes(ana)), ...(await notes(other))];
  await say(ben, "first");
  await until("the first message is shown", async () => (await all()).includes("Ben: first"));
  assert.deepEqual(await all(), ["Ben: first"], "one page shows it, once");
  await until("the icon has a dot", async () => (await icon(ana)).startsWith("blob:"));

  // A click opens the chat; there, nothing is shown of it any more.
  await ana.evaluate(() => globalThis.notes.at(-1).click());
  await message(ana, "first").waitFor();
  await ana.bringToFront();
  await until("all is read", async () => (await icon(ana)) === "/mark.svg");
  await say(ben, "seen at once");
  await message(ana, "seen at once").waitFor();
  await reaches(ben, "seen at once", "read");
  assert.deepEqual(await all(), ["Ben: first"], "what is looked at is shown");

  // The preview, and do not disturb, set in one page, hold in all.
  await openChat(ana, "Alone");
  await other.getByLabel("A notification shows").selectOption("Neither name nor text");
  await say(ben, "a secret");
  await until("a hidden preview", async () => (await all()).includes("Conclave: New message"));
  await other.getByRole("button", { name: "For an hour" }).click();
  await other.getByText("Nothing disturbs you until").waitFor();
  await say(ben, "shh");
  await ana.getByRole("list", { name: "Chats" }).getByText("2 unread messages").waitFor();
  await other.getByRole("button", { name: "End do not disturb" }).click();
  await other.getByRole("button", { name: "For an hour" }).waitFor();
  await other.getByLabel("A notification shows").selectOption("The name only");
  await say(ben, "louder");
  await until("the name only", async () => (await all()).includes("Ben: New message"));
  assert.deepEqual(await all(), ["Ben: first", "Conclave: New message", "Ben: New message"]);

  // Hours, language and the key that sends.
  await other.getByRole("button", { name: "Add quiet hours" }).click();
  await other.getByRole("checkbox", { name: "Sun" }).check();
  await other.getByLabel("From", { exact: true }).fill("21:30");
  await other.getByRole("group", { name: /21:30/ }).waitFor();
  await go(other, "Settings");
  await other.getByRole("link", { name: "Language and keyboard" }).click();
  await other.getByRole("radio", { name: "Ctrl+Enter" }).check({ force: true });
  await ana.getByText("Ctrl+Enter sends").waitFor();
  await composer(ana).fill("two");
  await composer(ana).press("Enter");
  await composer(ana).pressSequentially("lines");
  assert.equal(await composer(ana).inputValue(), "two\nlines");
  await composer(ana).press("Control+Enter");
  await until("it is sent", async () => (await composer(ana).inputValue()) === "");

  // Everything in one file.
  await go(other, "Settings");
  await other.getByRole("link", { name: "Your data" }).click();
  const [file] = await Promise.all([other.waitForEvent("download"), other.getByRole("button", { name: "Export my data" }).click()]);
  const kept = JSON.parse(readFileSync(await file.path(), "utf8"));
  assert.equal(kept.complete, true);
  const said = kept.conversations.flatMap((chat) => chat.messages).filter(({ kind }) => kind === "text").map(({ text }) => text);
  assert.deepEqual(said.toSorted(), ["a note to myself", "a secret", "before", "first", "louder", "seen at once", "shh", "two\nlines"]);

  const page = await again(open, ana);
  for (const [name, text] of [["notifications", "Remove the quiet hours"], ["language", "Ctrl+Enter"], ["export", "Export my data"]]) {
    await page.goto(`${one.url}/settings/${name}`);
    await page.evaluate(axe);
    for (const look of FEW_LOOKS) {
      await wear(page, look);
      await (name === "language" ? page.getByText(text, { exact: true }) : page.getByRole("button", { name: new RegExp(text) })).first().waitFor();
      await check(page, `${name}, ${look.name}`);
      if (process.env.CONCLAVE_SHOTS) await page.screenshot({ path: `${process.env.CONCLAVE_SHOTS}/${name}-${look.name}.png`, fullPage: true });
    }
  }
  await page.context().close();
});
