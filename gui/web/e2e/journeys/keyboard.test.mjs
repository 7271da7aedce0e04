// Everything a talk needs, with the keyboard alone.
import assert from "node:assert/strict";
import { composer, focused, hasFocus, message, myLink, PASSPHRASE, reaches, setUp, story } from "../people.mjs";

const FEW = 12; // stops of the Tab key that reach the message box at most

// tabTo presses Tab until the wanted control has the focus.
async function tabTo(page, wanted, most = 30) {
  for (let stop = 0; stop < most; stop++) {
    if (wanted.test(await focused(page))) return stop;
    await page.keyboard.press("Tab");
  }
  throw new Error(`${wanted} is not reached by ${most} stops; the focus is on ${await focused(page)}`);
}

// jump goes to what the palette finds first.
async function jump(page, typed, wanted) {
  await page.keyboard.press("Control+K");
  await page.getByRole("dialog").getByRole("combobox").and(page.locator(":focus")).waitFor();
  await page.keyboard.type(typed);
  await page.getByRole("option", { selected: true, name: wanted }).waitFor();
  await page.keyboard.press("Enter");
}

story("a talk by keyboard alone", 2, async ({ nodes: [one, two], open }) => {
  const ana = await (await open()).newPage();
  const ben = await (await open()).newPage();
  await setUp(ben, two, "Ben");
  const link = await myLink(ben);

  await ana.goto(`${one.url}/setup#claim=${one.setupToken}`);
  await ana.getByLabel("Your name").waitFor();
  await hasFocus(ana, /Your name/);
  await ana.keyboard.type("Ana");
  await tabTo(ana, /^Passphrase/);
  await ana.keyboard.type(PASSPHRASE);
  await ana.keyboard.press("Enter");
  await ana.getByRole("heading", { name: "Add your first contact" }).waitFor();

  await ana.keyboard.press("Control+Shift+K");
  await ana.waitForURL(/\/contacts/);
  await ana.getByLabel(/Link or address/).waitFor();
  await tabTo(ana, /Link or address/);
  await ana.keyboard.insertText(link);
  await ana.keyboard.press("Enter");
  await ana.getByRole("heading", { name: "Is this who you mean?" }).waitFor();
  await tabTo(ana, /^Message .*Ben/);
  await ana.keyboard.press("Enter");
  await composer(ana).waitFor();
  await hasFocus(ana, /Message to .*Ben/);
  await ana.keyboard.type("one line");
  await ana.keyboard.press("Shift+Enter");
  await ana.keyboard.type("two lines");
  await ana.keyboard.press("Enter");
  await reaches(ana, "one line\ntwo lines", "delivered");

  await ana.keyboard.press("Shift+ArrowUp");
  await ana.waitForFunction(() => document.activeElement?.getAttribute("role") === "article" || document.activeElement?.tagName === "ARTICLE");
  await hasFocus(ana, /You.*one line/s, "the newest message has a name with its text");
  await ana.keyboard.press("Enter");
  await hasFocus(ana, /^Reply$/, "Enter goes into the message");
  await ana.keyboard.press("Escape");
  await hasFocus(ana, /You.*one line/s, "Escape goes out of the message");
  await ana.keyboard.press("Escape");
  await hasFocus(ana, /Message to/, "Escape goes out of it, then out of the list");
  await ana.keyboard.press("F6");
  await ana.keyboard.press("F6");
  await ana.keyboard.press("F6");
  await hasFocus(ana, /Message to/, "F6 goes round the regions");

  await jump(ana, "secur", /Security/);
  await ana.getByRole("heading", { name: "Security", level: 1 }).waitFor();
  await jump(ana, "ben", /Ben/);
  await message(ana, "one line\ntwo lines").waitFor();

  await ana.reload();
  await composer(ana).waitFor();
  await ana.evaluate(() => document.activeElement?.blur());
  const stops = await tabTo(ana, /Message to/);
  assert.ok(stops <= FEW, `${stops} stops to the message box, at most ${FEW} are fine`);

  await ana.keyboard.press("Escape");
  await ana.keyboard.press("Control+/");
  await ana.getByRole("dialog", { name: "Keyboard" }).waitFor();
  await ana.keyboard.press("Escape");
  await hasFocus(ana, /Message to/, "the dialog gives the focus back");
});
