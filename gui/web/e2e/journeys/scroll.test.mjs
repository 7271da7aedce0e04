// The reading position: where a chat opens, and that nothing moves what is
// being read.
import assert from "node:assert/strict";
import { befriend, composer, couple, message, myLink, reaches, say, setUp, story } from "../people.mjs";

const MANY = 130; // three pages
const DRIFT = 2; // pixels

// sendMany writes through the API of the page's own node, as fast as it takes it.
function sendMany(page, from, to) {
  return page.evaluate(
    async ([first, last]) => {
      const chat = location.pathname.split("/")[2];
      for (let number = first; number <= last; number++) {
        const text = `message ${number} ${"words that fill some lines ".repeat(number % 7)}end`;
        const answer = await fetch(`/api/v1/conversations/${chat}/messages`, {
          method: "POST",
          headers: { "Content-Type": "application/json", "Idempotency-Key": `many-${number}` },
          body: JSON.stringify({ text }),
        });
        if (answer.status !== 202) throw new Error(`message ${number}: ${answer.status}`);
      }
    },
    [from, to],
  );
}

const numbered = (page, number) => page.getByRole("article").filter({ hasText: new RegExp(`message ${number} `) });
const top = async (locator) => (await locator.boundingBox()).y;

// middle is the row in the middle of what is to be seen.
async function middle(page) {
  const key = await page.locator(".scroller").evaluate((element) => {
    const box = element.getBoundingClientRect();
    const half = box.top + box.height / 2;
    return [...element.querySelectorAll("[data-row]")].find((row) => row.getBoundingClientRect().bottom > half)?.dataset.row;
  });
  return page.locator(`[data-row="${key}"]`);
}

// settled waits until nothing has moved or grown in the chat for a while: the wheel's last turn has been drawn.
async function settled(page) {
  const where = () => page.locator(".scroller").evaluate((element) => `${element.scrollTop} of ${element.scrollHeight}`);
  let before = await where();
  for (let quiet = 0; quiet < 5; ) {
    await page.waitForTimeout(150);
    const now = await where();
    quiet = now === before ? quiet + 1 : 0;
    before = now;
  }
}

story("nothing moves what is being read", 2, async ({ nodes: [one, two], open }) => {
  const [ana, ben] = await couple(open, one, two);
  await sendMany(ben, 1, MANY);
  await numbered(ana, MANY).waitFor();
  await numbered(ben, MANY).locator('[data-state="read"]').waitFor();
  await ana.reload();
  await numbered(ana, MANY).waitFor();

  const scroller = ana.locator(".scroller");
  const gap = () => scroller.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);
  await settled(ana);
  const end = await gap();
  assert.ok(end <= 48, `a chat that is read opens ${end} px above its end`);
  await scroller.hover();

  // Wheel upwards, as a person does, until the first message is there.
  for (const end = Date.now() + 120_000; Date.now() < end && !(await numbered(ana, 1).count()); ) {
    await ana.mouse.wheel(0, -500);
    await ana.waitForTimeout(30);
  }
  await numbered(ana, 1).waitFor();
  await ana.getByText("This is the beginning of your chat").waitFor();

  // Rows that arrive below do not move the rows that are read.
  const read = numbered(ana, 3);
  await settled(ana);
  const place = await top(read);
  await say(ben, "arrives below");
  await ana.getByRole("button", { name: "To the newest message" }).getByText("1 new message").waitFor();
  await settled(ana);
  const moved = Math.abs((await top(read)) - place);
  assert.ok(moved <= DRIFT, `a new message below moved what is read by ${moved} px`);

  // The pill leads to the end, and the end stays the end.
  await ana.getByRole("button", { name: "To the newest message" }).click();
  await message(ana, "arrives below").waitFor();
  await say(ben, "and one more\nof two lines");
  await message(ana, "and one more\nof two lines").waitFor();
  await ana.waitForFunction(() => {
    const element = document.querySelector(".scroller");
    return element.scrollHeight - element.scrollTop - element.clientHeight <= 2;
  });

  // A window of another size keeps the end in sight too.
  await ana.setViewportSize({ width: 900, height: 500 });
  await ana.waitForFunction(() => {
    const element = document.querySelector(".scroller");
    return element.scrollHeight - element.scrollTop - element.clientHeight <= 2;
  });
  await settled(ana);
  assert.ok((await ana.getByRole("article").count()) < 60, "more rows are drawn than are to be seen");

  // What the other said while the nodes did not see each other comes when much stands behind it. It takes its place out of
  // sight, nothing that is read moves, and a pill leads there.
  await one.kill();
  await say(ben, "said before all that");
  await reaches(ben, "said before all that", "sending");
  const then = Date.now();
  await two.kill();
  await one.start();
  await ana.reload();
  await composer(ana).waitFor();
  await ana.waitForTimeout(Math.max(0, then + 3000 - Date.now()));
  await sendMany(ana, 201, 230);
  await numbered(ana, 230).waitFor();
  await settled(ana);
  await scroller.hover();
  await ana.mouse.wheel(0, -300);
  await settled(ana);
  const watched = await middle(ana);
  const stood = await top(watched);
  await two.start();
  const pill = ana.getByRole("button", { name: "1 earlier message arrived" });
  await pill.waitFor();
  await settled(ana);
  const pushed = Math.abs((await top(watched)) - stood);
  assert.ok(pushed <= DRIFT, `a message that came late moved what is read by ${pushed} px`);
  await pill.click();
  await message(ana, "said before all that").and(ana.locator(":focus")).getByText("arrived late").waitFor();
  await pill.waitFor({ state: "detached" });
  const order = await ana.getByRole("article").allInnerTexts();
  const at = order.findIndex((text) => text.includes("said before all that"));
  assert.ok(order[at - 1]?.includes("of two lines") && order[at + 1]?.includes("message 201 "), `it stands between ${order[at - 1]} and ${order[at + 1]}`);
});

story("older pages come in above without a jump", 2, async ({ nodes: [one, two], open }) => {
  const ana = await (await open()).newPage();
  const ben = await (await open()).newPage();
  await setUp(ana, one, "Ana");
  await setUp(ben, two, "Ben");
  await befriend(ben, await myLink(ana), "Ana");
  await sendMany(ben, 1, MANY);
  await ben.reload();
  await numbered(ben, MANY).waitFor();

  // Hold the next page back, stand still, and let it in.
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await ben.route(/messages\?.*before=/, async (route) => {
    await held;
    await route.continue();
  });
  await ben.locator(".scroller").hover();
  const asked = ben.waitForRequest(/messages\?.*before=/);
  for (let turn = 0; turn < 60; turn++) await ben.mouse.wheel(0, -400);
  await asked;
  await settled(ben);
  const first = ben.getByRole("article").nth(2);
  const key = await first.getAttribute("data-row");
  const row = ben.locator(`[data-row="${key}"]`);
  const place = await top(row);
  const height = await ben.locator(".scroller").evaluate((element) => element.scrollHeight);
  release();
  await ben.waitForFunction((before) => document.querySelector(".scroller").scrollHeight > before, height);
  await settled(ben);
  const drift = Math.abs((await top(row)) - place);
  assert.ok(drift <= DRIFT, `the page above moved what is read by ${drift} px`);
});
