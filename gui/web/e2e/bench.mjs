// Measures the page in a browser, against a real node with one large group, and prints a table with the budgets beside it. CPU
// time is thread time of the page's main thread; wall-clock times are printed as they are and mean little on a busy machine.
//
//   make bench-web [CORPUS=FOLDER] [ARGS="-messages 5000 -authors 100 -json FILE"]
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { launch } from "./browser.mjs";
import { startNodes } from "./nodes.mjs";
import { composer, logIn } from "./people.mjs";

const { values } = parseArgs({
  args: process.argv.slice(2).map((one) => one.replace(/^-(?=\w\w)/, "--")),
  options: { messages: { type: "string", default: "100000" }, authors: { type: "string", default: "500" }, json: { type: "string" } },
});
const WHEEL = { turns: 375, pixels: 400, pause: 16 };

// traced runs something and returns the tasks of the page's main thread, in milliseconds of its CPU time.
async function traced(browser, page, work) {
  await browser.startTracing(page, { categories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"] });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const main = traceEvents.filter((one) => one.name === "thread_name" && one.args.name === "CrRendererMain");
  const inMain = (one) => main.some((thread) => thread.pid === one.pid && thread.tid === one.tid);
  const tasks = traceEvents.filter((one) => /RunTask$/.test(one.name) && one.ph === "X" && inMain(one)).map((one) => (one.tdur ?? one.dur) / 1000);
  const script = traceEvents
    .filter((one) => ["EvaluateScript", "FunctionCall", "v8.compile", "V8.GC_MC_BACKGROUND"].includes(one.name) && one.ph === "X" && inMain(one))
    .reduce((sum, one) => sum + (one.tdur ?? 0) / 1000, 0);
  const frames = new Set(traceEvents.filter((one) => one.name === "BeginMainThreadFrame" || one.name === "BeginMainFrame").map((one) => one.ts)).size;
  return { tasks, script, frames, sum: tasks.reduce((a, b) => a + b, 0) };
}

const rows = [];
const row = (what, value, unit, budget) => {
  rows.push({ what, value: Math.round(value * 100) / 100, unit, budget });
  console.log(`${what.padEnd(52)} ${String(rows.at(-1).value).padStart(9)} ${unit.padEnd(9)} ${budget ?? ""}`);
};

async function heap(client) {
  await client.send("HeapProfiler.collectGarbage");
  const { metrics } = await client.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map((one) => [one.name, one.value]));
}

const nodes = await startNodes(1, { messages: Number(values.messages), authors: Number(values.authors), corpus: process.env.CORPUS ?? "" });
const browser = await launch();
try {
  const [node] = nodes;
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB" });
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  await logIn(page, node, node.filled.name, node.filled.passphrase);
  await page.getByRole("link", { name: /Everybody/ }).first().waitFor();
  console.log(`${values.messages} messages by ${values.authors} people; ${browser.version()}\n`);

  // The page afresh, until the list can be used.
  const requests = [];
  page.on("request", (request) => requests.push(request));
  const sizes = [];
  page.on("response", async (response) => sizes.push({ url: response.url(), bytes: Number((await response.allHeaders().catch(() => ({})))["content-length"] ?? 0) }));
  const before = requests.length;
  const start = await traced(browser, page, async () => {
    await page.goto(`${node.url}/c/${node.filled.conversation}`, { waitUntil: "commit" });
    await page.getByRole("article").first().waitFor();
    await composer(page).waitFor();
  });
  row("script to usable", start.script, "ms CPU", "≤ 250");
  row("main thread to usable", start.sum, "ms CPU");
  const asked = requests.slice(before).map((request) => new URL(request.url()).pathname);
  row("requests until usable, of the frame of the page", asked.filter((path) => !path.startsWith("/api/")).length, "", "≤ 8");
  row("requests until usable, of the API", asked.filter((path) => path.startsWith("/api/")).length, "");
  const js = sizes.filter((one) => /\.js$/.test(new URL(one.url).pathname)).reduce((sum, one) => sum + one.bytes, 0);
  row("JavaScript transferred", js / 1000, "kB", "≤ 180");
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
  row("first contentful paint", paint, "ms wall", "≤ 300");

  const client = await context.newCDPSession(page);
  await client.send("Performance.enable");
  await page.getByRole("button", { name: "To the newest message" }).click().catch(() => undefined);
  await page.waitForTimeout(1000);
  row("heap, chat open", (await heap(client)).JSHeapUsedSize / 1e6, "MB");

  // Upwards with the wheel, as fast as a person turns it.
  await page.locator(".scroller").hover();
  const seen = { blank: 0, looks: 0 };
  const scroll = await traced(browser, page, async () => {
    for (let turn = 0; turn < WHEEL.turns; turn++) {
      await page.mouse.wheel(0, -WHEEL.pixels);
      await page.waitForTimeout(WHEEL.pause);
    }
  });
  row("scroll, main thread per frame", scroll.sum / scroll.frames, "ms CPU", "≤ 6");
  row("scroll, frames drawn", scroll.frames, "");
  row("scroll, tasks over 16.7 ms", (100 * scroll.tasks.filter((one) => one > 16.7).length) / scroll.tasks.length, "%", "≤ 0.5");
  row("scroll, longest task", Math.max(...scroll.tasks), "ms CPU");
  for (; seen.looks < 20; seen.looks++) {
    await page.mouse.wheel(0, -WHEEL.pixels);
    await page.waitForTimeout(100);
    seen.blank += await page.evaluate(() => {
      const box = document.querySelector(".scroller").getBoundingClientRect();
      const rows = [...document.querySelectorAll(".scroller [data-row]")].map((one) => one.getBoundingClientRect());
      const shown = (y) => rows.some((one) => one.top - 12 <= y && one.bottom + 12 >= y); // what stands between two people is no blank
      return [0.2, 0.5, 0.8].every((part) => shown(box.top + box.height * part)) ? 0 : 1;
    });
  }
  row("scroll, blank looks of 20", seen.blank, "", "0");
  const after = await heap(client);
  row("heap after the scroll", after.JSHeapUsedSize / 1e6, "MB", "≤ 60");
  row("nodes in the list", await page.locator('[role="feed"]').evaluate((feed) => feed.querySelectorAll("*").length), "", "≤ 1,500");

  // Anywhere in it: the first day, and back.
  for (const [what, key] of [["first", "Home"], ["last", "End"]]) {
    await page.locator(".timeline-date").click();
    await page.locator('[data-day][tabindex="0"]').focus();
    await page.keyboard.press(key);
    const begun = performance.now();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.waitForFunction(() => document.activeElement?.matches("[data-row]"));
    row(`jump to the ${what} day`, performance.now() - begun, "ms wall", "≤ 200");
  }

  // Keys in the composer, and what else is drawn meanwhile.
  await composer(page).focus();
  await page.evaluate(() => {
    window.drawn = 0;
    const watch = new MutationObserver((list) => (window.drawn += list.filter((one) => !(one.target.nodeType === 1 ? one.target : one.target.parentElement)?.closest(".composer")).length));
    watch.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  });
  const typed = await traced(browser, page, () => page.keyboard.type("what a person types into a box, word by word. ".repeat(5).slice(0, 200)));
  row("key press to paint", typed.sum / 200, "ms CPU", "≤ 16");
  row("changes outside the composer while typing 200 keys", await page.evaluate(() => window.drawn), "", "0");
  await composer(page).fill("");
} finally {
  await browser.close();
  await Promise.all(nodes.map((node) => node.stop()));
}
if (values.json) writeFileSync(values.json, JSON.stringify({ at: new Date().toISOString(), messages: Number(values.messages), rows }, null, 2));
