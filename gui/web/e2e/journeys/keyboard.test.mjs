// The first run, and everything a talk needs, with the keyboard alone.
import assert from "node:assert/strict";
import { firstRun } from "../firstrun.mjs";
import { tabTo } from "../keys.mjs";
import { composer, hasFocus, message, reaches, story } from "../people.mjs";

const FEW = 12; // stops of the Tab key that reach the message box at most

// jump goes to what the palette finds first.
async function jump(page, typed, wanted) {
  await page.keyboard.press("Control+K");
  await page.getByRole("dialog").getByRole("combobox").and(page.locator(":focus")).waitFor();
  await page.keyboard.type(typed);
  await page.getByRole("option", { selected: true, name: wanted }).waitFor();
  await page.keyboard.press("Enter");
}

story("the first run and a talk by keyboard alone", 2, async ({ nodes, open }) => {
  const ana = await firstRun(nodes, open);
  await jump(ana, "ben", /Ben/);
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
