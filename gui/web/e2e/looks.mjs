// The looks in which every screen is checked, and the check.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

export const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// Undecided by axe, and looked at by people: text over a drawn code.
const UNDECIDED = new Set(["color-contrast"]);
const wide = { width: 1280, height: 800 };
export const LOOKS = [
  { name: "light", colorScheme: "light", viewport: wide },
  { name: "dark", colorScheme: "dark", viewport: wide },
  { name: "contrast", colorScheme: "dark", contrast: "more", viewport: wide },
  { name: "phone", colorScheme: "light", viewport: { width: 390, height: 844 } },
  { name: "narrow", colorScheme: "dark", viewport: { width: 320, height: 640 } },
];

// The looks of the gate for screens that are made of what other screens showed in every look; `make nightly` takes them all.
export const FEW_LOOKS = process.env.CONCLAVE_NIGHTLY ? LOOKS : LOOKS.filter(({ name }) => name === "dark" || name === "phone");

// wear puts a page into a look, as a window that is resized under a system that changes its theme.
export async function wear(page, { colorScheme, contrast = "no-preference", viewport }) {
  await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme, contrast, reducedMotion: "reduce" });
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}

// again opens a second page with the same account; what it shows is loaded once and kept from look to look.
export async function again(open, page) {
  const context = await open({ storageState: await page.context().storageState() });
  return context.newPage();
}

// inLooks shows the address of a page again, in one look after the other.
export async function inLooks(open, page, looks, show) {
  const address = page.url();
  const other = await again(open, page);
  for (const look of looks) {
    await wear(other, look);
    await other.goto(address);
    await show(other, look.name);
  }
  await other.context().close();
}

// check runs axe-core on what is shown, and measures that nothing sticks out. What turns, turns until it is gone: it is waited for,
// but where it is there to be looked at.
export async function check(page, screen, { turning = false } = {}) {
  await page.evaluate((turning) => {
    const awaited = document.getAnimations().filter((animation) => !turning || Number.isFinite(animation.effect.getComputedTiming().endTime));
    return Promise.all(awaited.map((animation) => animation.finished.catch(() => {})));
  }, turning);
  const result = await page.evaluate(async () => {
    const { violations, incomplete } = await globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    const brief = (list) => list.map((one) => ({ id: one.id, nodes: one.nodes.map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`) }));
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    return { violations: brief(violations), incomplete: brief(incomplete), wide };
  });
  assert.deepEqual(result.violations, [], `${screen}: axe found faults`);
  const open = result.incomplete.filter((one) => !UNDECIDED.has(one.id));
  assert.deepEqual(open, [], `${screen}: axe could not decide`);
  assert.ok(result.wide <= 0, `${screen}: the page is ${result.wide} px too wide`);
}
