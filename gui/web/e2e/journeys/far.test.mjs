// A long conversation of many people: where it opens, how it is read from end to end and entered anywhere, and that the page
// never holds more of it than a stretch.
import assert from "node:assert/strict";
import { composer, logIn, say, story } from "../people.mjs";

const MESSAGES = 5000;
const DRIFT = 2; // pixels
const MOST_ROWS = 700; // that the page holds
const MOST_NODES = 1500; // of the document, in the list

const scroller = (page) => page.locator(".scroller");
const bottom = (page) => scroller(page).evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);
const nodes = (page) => page.locator('[role="feed"]').evaluate((feed) => feed.querySelectorAll("*").length);
const days = (page) => page.locator(".timeline-date");

// settled waits until nothing moves in the chat.
async function settled(page) {
  const where = () => scroller(page).evaluate((element) => `${element.scrollTop} of ${element.scrollHeight}`);
  for (let quiet = 0, before = await where(); quiet < 4; ) {
    await page.waitForTimeout(100);
    const now = await where();
    quiet = now === before ? quiet + 1 : 0;
    before = now;
  }
}

// anchored measures how far the row in the middle moves while `change` happens.
async function anchored(page, change) {
  await settled(page);
  const key = await scroller(page).evaluate((element) => {
    const box = element.getBoundingClientRect();
    const middle = box.top + box.height / 2;
    const away = (one) => Math.abs((one.getBoundingClientRect().top + one.getBoundingClientRect().bottom) / 2 - middle);
    const row = [...element.querySelectorAll("[data-row]")].sort((one, other) => away(one) - away(other))[0];
    return row?.dataset.row;
  });
  assert.ok(key, "there is no row in the middle");
  const top = () => page.locator(`[data-row="${key}"]`).evaluate((row) => row.getBoundingClientRect().top);
  const before = await top();
  await change();
  await settled(page);
  const moved = Math.abs((await top()) - before);
  assert.ok(moved <= DRIFT, `what is read moved by ${moved} px`);
}

// apart gives so many messages that are drawn above what is to be seen, and as many below it.
function apart(page, count) {
  return scroller(page).evaluate((element, most) => {
    const box = element.getBoundingClientRect();
    const rows = [...element.querySelectorAll("[data-message]")].map((row) => ({ id: row.dataset.message, ...row.getBoundingClientRect().toJSON() }));
    const above = rows.filter((row) => row.bottom < box.top).slice(-most);
    const below = rows.filter((row) => row.top > box.bottom).slice(0, most);
    return [...above, ...below].map(({ id }) => id);
  }, count);
}

// drop lets go of a picture over the composer.
function drop(page) {
  return page.evaluate(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 800, height: 600 });
    canvas.getContext("2d").fillRect(0, 0, 400, 300);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([blob], "a.png", { type: "image/png" }));
    document.querySelector(".composer-box").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  });
}

// each does the same with several messages, as another page of the account would.
function each(page, conversation, method, ids, rest) {
  return page.evaluate(
    async ([chat, how, all, end]) => {
      for (const id of all) {
        const answer = await fetch(`/api/v1/conversations/${chat}/messages/${id}${end}`, { method: how });
        if (!answer.ok) throw new Error(`${how} ${id}: ${answer.status}`);
      }
    },
    [conversation, method, ids, rest],
  );
}

story(
  "a conversation of thousands is read from end to end",
  1,
  async ({ nodes: [node], open }) => {
    const { name, passphrase, conversation } = node.filled;
    const page = await (await open()).newPage();
    let requests = [];
    page.on("request", (request) => request.url().includes("/messages?") && requests.push(request.url()));
    await logIn(page, node, name, passphrase);
    await page.getByRole("link", { name: /Everybody/ }).first().click();
    await page.getByRole("article").first().waitFor();

    // Nothing of it was read: it opens at the first message, not at the newest.
    await settled(page);
    assert.match(requests[0], /unread=true/);
    assert.ok((await bottom(page)) > 1000, "it opens at its end");
    await page.getByText("New", { exact: true }).waitFor();

    // To the end in one step, and back to the first day in another, by the keyboard.
    await page.getByRole("button", { name: "To the newest message" }).click();
    await page.waitForFunction(() => {
      const element = document.querySelector(".scroller");
      return element.scrollHeight - element.scrollTop - element.clientHeight <= 48;
    });
    await settled(page);
    const newest = await page.getByRole("article").last().getAttribute("data-message");
    await days(page).waitFor();
    await page.keyboard.press("Control+K");
    await page.getByRole("dialog").getByRole("combobox").and(page.locator(":focus")).waitFor();
    await page.keyboard.type("go to a day");
    await page.getByRole("option", { selected: true, name: /Go to a day/ }).waitFor();
    await page.keyboard.press("Enter");
    const calendar = page.getByRole("dialog", { name: "Go to a day" });
    await calendar.getByRole("button", { name: /message/ }).first().waitFor();
    assert.ok((await calendar.locator('button[aria-disabled="true"]').count()) > 0, "every day can be chosen");
    await calendar.locator('[tabindex="0"][data-day]').focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    await calendar.waitFor({ state: "detached" });
    await settled(page);
    assert.equal(await page.locator(`[data-message="${newest}"]`).count(), 0);
    await scroller(page).hover();

    // Down and down: the page lets go of what is far away, and what is read stays where it is.
    requests = [];
    for (let turns = 0; requests.length < 18 && turns < 2000; turns++) {
      await page.mouse.wheel(0, 1200);
      await page.waitForTimeout(20);
    }
    assert.ok(requests.length >= 18, `only ${requests.length} pages were read on the way down`);
    assert.ok(requests.every((url) => url.includes("after=")), "pages were read that are not below");
    await settled(page);
    await page.waitForTimeout(700); // what is too much is let go
    assert.ok((await nodes(page)) <= MOST_NODES, `${await nodes(page)} nodes are drawn`);
    const total = Number(await page.getByRole("article").first().getAttribute("aria-setsize"));
    assert.ok(total <= MOST_ROWS, `${total} rows are held`);

    // Up again, page by page, with what is in the middle watched.
    requests = [];
    while (requests.length < 3) {
      for (let turn = 0; turn < 12; turn++) await page.mouse.wheel(0, -300);
      await settled(page);
    }
    assert.ok(requests.some((url) => url.includes("before=")), "no page was read on the way up");
    await anchored(page, () => page.setViewportSize({ width: 1280, height: 780 }));
    await anchored(page, () => page.waitForTimeout(700));

    if (process.env.CONCLAVE_NIGHTLY) {
      // What is deleted above and below goes without a jump (S8), and comes back likewise.
      const away = await apart(page, 3);
      assert.equal(away.length, 6, "there are not six rows out of sight");
      await anchored(page, async () => {
        await each(page, conversation, "DELETE", away, "?for=me");
        for (const id of away) await page.locator(`[data-message="${id}"]`).waitFor({ state: "detached" });
      });
      await anchored(page, async () => {
        await each(page, conversation, "POST", away, "/restore");
        await page.locator(`[data-message="${away[2]}"]`).waitFor({ state: "attached" });
      });

      // A computer that sleeps: the page stands still, loses its node, and goes on where it was (S9).
      await anchored(page, async () => {
        const session = await page.context().newCDPSession(page);
        const again = page.waitForResponse((answer) => answer.url().includes("around=") && answer.ok());
        await session.send("Page.setWebLifecycleState", { state: "frozen" });
        await node.kill();
        await node.start();
        await session.send("Page.setWebLifecycleState", { state: "active" });
        await again;
      });
    }

    // Messages that come meanwhile wait below; one's own message leads to the end.
    await say(page, "here I am");
    await page.locator(".message-text").getByText("here I am").waitFor();
    await page.waitForFunction(() => {
      const element = document.querySelector(".scroller");
      return element.scrollHeight - element.scrollTop - element.clientHeight <= 48;
    });
    assert.ok((await composer(page).inputValue()) === "");

    if (process.env.CONCLAVE_NIGHTLY) {
      // A picture has its place before it is there (S5).
      await drop(page);
      await page.getByRole("group", { name: "Picture that goes with the message" }).getByLabel("Description").press("Enter");
      const picture = page.getByRole("article").last().getByRole("button", { name: /^Open the picture/ });
      await picture.waitFor();
      let letIn;
      const held = new Promise((resolve) => (letIn = resolve));
      await page.route("**/picture", async (route) => {
        await held;
        await route.continue();
      });
      const asked = page.waitForRequest("**/picture");
      await page.reload();
      await asked;
      await anchored(page, async () => {
        assert.equal(await picture.count(), 0, "the picture was not held back");
        letIn();
        await picture.locator("img").evaluate((image) => image.decode());
      });
    }

    // A quote of the far past leads there.
    const quote = page.locator("button.quote").last();
    if (await quote.count()) {
      await quote.click();
      await page.waitForFunction(() => document.activeElement?.matches("[data-row]"));
    }
    assert.ok(page.url().includes(conversation));
  },
  { messages: MESSAGES, authors: 60, corpus: process.env.CORPUS },
);
