// Colours that the system forces on a page, and what is still to be seen in them. Each state is looked at with it and without it:
// where the two pictures are the same, nobody who uses such colours sees it.
import assert from "node:assert/strict";
import { axe, check } from "./looks.mjs";

const CHOSEN = '[aria-current]:not([aria-current="false"]), [aria-pressed="true"], [aria-selected="true"], :checked:not(option)';
const MARKS = ".badge, .badge-dot, .tag, .excerpt-dot, .rail-dot, .presence-shape, .delivery, .alert, progress, .switch input, .avatar, .spinner";
const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea, [tabindex='0']";
const ROOM = 5; // pixels around an element, for its outline

export async function force(page, colorScheme) {
  await page.emulateMedia({ forcedColors: "active", colorScheme, reducedMotion: "reduce" });
}

// sees fails with what is not to be seen on a screen, and with texts that do not stand out.
export async function sees(page, screen) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
  await check(page, `${screen} in forced colours`, { turning: true });
  const lost = [
    ...(await changes(page, CHOSEN, "chosen", take, giveBack)),
    ...(await changes(page, MARKS, "mark", (element) => (element.style.visibility = "hidden"), (element) => (element.style.visibility = ""))),
    ...(await changes(page, ".avatar:not(:has(svg, img))", "letters", (element) => (element.style.fontSize = "0"), (element) => (element.style.fontSize = ""))),
    ...(await changes(page, FOCUSABLE, "focus", (element) => element.focus({ focusVisible: true, preventScroll: true }), (element) => element.blur())),
  ];
  assert.deepEqual(lost, [], `${screen}: not to be seen in forced colours`);
}

function take(element) {
  element.was = ["aria-current", "aria-pressed", "aria-selected"].filter((name) => element.hasAttribute(name)).map((name) => [name, element.getAttribute(name)]);
  for (const [name] of element.was) element.setAttribute(name, "false");
  if (element.checked) element.checked = false;
  else return;
  element.was.push(["checked", ""]);
}

function giveBack(element) {
  for (const [name, value] of element.was) {
    if (name === "checked") element.checked = true;
    else element.setAttribute(name, value);
  }
}

// changes takes pictures of every kind of element of which the page shows one, before and after something is done to it.
async function changes(page, selector, what, change, back) {
  const lost = [];
  const kinds = new Set();
  for (const element of await page.locator(selector).elementHandles()) {
    const { kind, clip, seen } = await element.evaluate(place, ROOM);
    if (!seen || kinds.has(kind)) continue;
    kinds.add(kind);
    const shot = () => page.screenshot({ clip, animations: "disabled", caret: "hide" });
    const before = await shot();
    await element.evaluate(change);
    const after = await shot();
    await element.evaluate(back);
    if (before.equals(after)) lost.push(`${what}: ${kind}`);
  }
  return lost;
}

// place tells where an element is in the window, and whether one sees it: nothing may lie over its middle.
function place(element, room) {
  document.activeElement.blur(); // what has the focus looks otherwise
  const label = element.closest("label");
  const shown = element.matches("input") && label ? label : element;
  shown.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
  const box = shown.getBoundingClientRect();
  const middle = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const x = Math.max(0, box.x - room);
  const y = Math.max(0, box.y - room);
  const clip = { x, y, width: Math.min(innerWidth, box.right + room) - x, height: Math.min(innerHeight, box.bottom + room) - y };
  const seen = box.width > 1 && box.height > 1 && clip.width > 0 && clip.height > 0 && middle !== null && (shown.contains(middle) || middle.contains(shown));
  const state = [...element.attributes].filter(({ name }) => /^(?:aria-(?:pressed|current|selected)|data-state|role|type)$/.test(name)).map(({ name, value }) => `${name}=${value}`);
  const { parentElement: parent } = element;
  return { seen, clip, kind: [parent?.getAttribute("class") ?? parent?.tagName, ">", element.tagName, element.getAttribute("class"), ...state].join(" ") };
}
