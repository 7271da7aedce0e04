// A person without a mouse. Every key is counted, a press of the mouse is a fault, and so is a screen on which nothing has the focus.
import assert from "node:assert/strict";
import { focused, hasFocus } from "./people.mjs";

const FEW = 12; // stops of the Tab key to anything on a screen

// tabTo presses Tab until the wanted control has the focus, and gives the number of stops.
export async function tabTo(page, wanted, most = 30) {
  for (let stop = 0; stop < most; stop++) {
    if (wanted.test(await focused(page))) return stop;
    await page.keyboard.press("Tab");
  }
  throw new Error(`${wanted} is not reached by ${most} stops; the focus is on ${await focused(page)}`);
}

export class Keys {
  #way = { name: "", keys: 0, typed: 0, screens: 0, began: Date.now() };

  constructor(page) {
    this.page = page;
  }

  // path begins the count of one way through the page.
  path(name) {
    this.#way = { name, keys: 0, typed: 0, screens: 0, began: Date.now() };
  }

  async press(key) {
    this.#way.keys++;
    await this.page.keyboard.press(key);
  }

  async type(text) {
    this.#way.typed += [...text].length;
    await this.page.keyboard.type(text);
  }

  // paste puts text where the focus is, for one stroke of the keyboard.
  async paste(text) {
    this.#way.keys++;
    await this.page.keyboard.insertText(text);
  }

  async to(wanted) {
    this.#way.keys += await tabTo(this.page, wanted, FEW);
  }

  async enter(wanted) {
    await this.to(wanted);
    await this.press("Enter");
  }

  // screen waits for another screen, and for something on it that has the focus: what is wanted, if that is known.
  async screen(shown, wanted) {
    this.#way.screens++;
    await shown.waitFor();
    if (wanted) return hasFocus(this.page, wanted, `the focus after ${this.#way.name}`);
    await this.page.waitForFunction(() => document.activeElement !== document.body);
  }

  // done prints what the way took; more keys than that, beside the letters that are typed, are too many.
  done(most) {
    const { name, keys, typed, screens, began } = this.#way;
    console.log(`  ${name}: ${keys} keys and ${typed} letters on ${screens} screens, ${((Date.now() - began) / 1000).toFixed(1)} s`);
    assert.ok(keys <= most, `${name} takes ${keys} keys, at most ${most} are fine`);
  }
}

// withoutMouse gives the keys of a page that notes every press of a mouse.
export async function withoutMouse(page) {
  await page.addInitScript(() => addEventListener("pointerdown", (event) => console.error(`a press of the ${event.pointerType}`), true));
  return new Keys(page);
}
