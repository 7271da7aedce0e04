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
