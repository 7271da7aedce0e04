// The looks in which every screen is checked, and the check.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

export const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// Undecided by axe, and looked at by people: text over a drawn code.
const UNDECIDED = new Set(["color-contrast"]);
export const LOOKS = [
  { name: "light", colorScheme: "light" },
  { name: "dark", colorScheme: "dark" },
  { name: "contrast", colorScheme: "dark", contrast: "high" },
  { name: "phone", colorScheme: "light", viewport: { width: 390, height: 844 } },
  { name: "narrow", colorScheme: "dark", viewport: { width: 320, height: 640 } },
];

// The looks of the gate for screens that are made of what other screens showed in every look; `make nightly` takes them all.
export const FEW_LOOKS = process.env.CONCLAVE_NIGHTLY ? LOOKS : LOOKS.filter(({ name }) => name === "dark" || name === "phone");

// inLooks shows a page again, with the same account at the same address, in one look after the other.
export async function inLooks(open, page, looks, show) {
  const storageState = await page.context().storageState();
  const address = page.url();
  for (const { name, contrast, ...look } of looks) {
    const context = await open({ storageState, ...look });
    await context.addInitScript((kept) => location.origin !== "null" && localStorage.setItem("conclave.look", kept), JSON.stringify({ contrast: contrast ?? "normal" }));
    const again = await context.newPage();
    await again.goto(address);
    await show(again, name);
    await context.close();
  }
}

// check runs axe-core on what is shown, and measures that nothing sticks out.
export async function check(page, screen) {
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))));
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
