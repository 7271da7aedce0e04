// Hostile texts in every field that takes a text: nothing of them runs, nothing is loaded, no policy is touched, and the texts are to be read.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { befriend, composer, go, myLink, openChat, setUp, story } from "../people.mjs";

const { payloads } = JSON.parse(readFileSync(new URL("../../src/features/message/text/payloads.json", import.meta.url), "utf8"));

// guard notes whatever a text could bring about: calls of the trap that all of them name, dialogs, pages that open, requests to
// elsewhere, and what the browser's policy had to stop.
async function guard(context, node, name, seen) {
  await context.addInitScript(() => {
    globalThis.ran = [];
    globalThis.trap = (...args) => void globalThis.ran.push(`trap ${args}`);
    addEventListener("securitypolicyviolation", (event) => globalThis.ran.push(`policy ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  });
  context.on("page", (page) => {
    page.on("dialog", (dialog) => {
      seen.push(`${name}: a dialog`);
      void dialog.dismiss();
    });
    page.on("popup", () => seen.push(`${name}: a window`));
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(node.url) && !url.startsWith("blob:")) seen.push(`${name}: a request to ${url}`);
    });
  });
}

// post writes through the API of the page's own node, and waits where that says so.
function post(page, calls) {
  return page.evaluate(async (all) => {
    const answers = [];
    for (const { method, path, body } of all) {
      for (;;) {
        const answer = await fetch(`/api/v1${path}`, {
          method,
          headers: { "Content-Type": "application/json", ...(method === "POST" ? { "Idempotency-Key": crypto.randomUUID() } : {}) },
          body: JSON.stringify(body),
        });
        if (answer.status === 429) {
          await new Promise((go) => setTimeout(go, 100));
          continue;
        }
        answers.push(answer.status < 300 ? ((await answer.json().catch(() => ({}))).id ?? "") : `refused ${answer.status}`);
        break;
      }
    }
    return answers;
  }, calls);
}

// readAll scrolls a chat from its end to its beginning, opening every spoiler and pointing at links, and gives all texts.
async function readAll(page, least) {
  return page.evaluate(async (wanted) => {
    const scroller = document.querySelector(".scroller");
    const found = new Map();
    const frame = () => new Promise((go) => requestAnimationFrame(go));
    for (const end = Date.now() + 60_000; Date.now() < end && found.size < wanted; ) {
      for (const article of document.querySelectorAll("article[data-message]")) {
        for (const cover of article.querySelectorAll("button.text-spoiler")) cover.click();
        for (const link of article.querySelectorAll("a")) link.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
        const texts = [...article.querySelectorAll(".message-text")].map((one) => one.textContent);
        found.set(article.dataset.message, texts.join(" "));
      }
      scroller.scrollTop -= scroller.clientHeight * 0.7;
      await frame();
      await frame();
    }
    return [...found.values()];
  }, least);
}

story("hostile texts in every field run nowhere and are to be read", 2, async ({ nodes: [one, two], open }) => {
  const seen = [];
  const [his, hers] = [await open(), await open()];
  await guard(his, two, "Ben", seen);
  await guard(hers, one, "Ana", seen);
  const ana = await hers.newPage();
  const ben = await his.newPage();
  const nothing = async (where) => {
    for (const [name, page] of [["Ana", ana], ["Ben", ben]]) {
      assert.deepEqual(await page.evaluate(() => globalThis.ran), [], `${where}: something ran in the page of ${name}`);
    }
    assert.deepEqual(seen, [], where);
  };
  await setUp(ana, one, "Ana");
  await setUp(ben, two, "Ben");
  await befriend(ben, await myLink(ana), "Ana");
  await openChat(ana, "Ben");
  const chat = new URL(ana.url()).pathname.split("/")[2];

  // All of them as messages, several in each so that the node's limits are kept, parted by lines of nothing.
  const each = 6;
  const bundles = Array.from({ length: Math.ceil(payloads.length / each) }, (_, n) => payloads.slice(n * each, n * each + each).join("\n\n"));
  const sent = await post(ana, bundles.map((text) => ({ method: "POST", path: `/conversations/${chat}/messages`, body: { text } })));
  assert.deepEqual(sent.filter((id) => id.startsWith("refused")), []);
  await ben.locator(`[data-message="${sent.at(-1)}"]`).waitFor();
  const all = await readAll(ben, bundles.length);
  assert.ok(all.length >= bundles.length, `texts to be read: got ${all.length}, want ${bundles.length}`);
  assert.ok(all.join("").split("trap()").length > 200, "the texts are shown");
  await nothing("messages");

  // As what a message is changed to, as an answer and its quote, and by hand in the composer.
  const edits = payloads.filter((_, n) => n % 15 === 0);
  await post(ana, edits.map((text) => ({ method: "PUT", path: `/conversations/${chat}/messages/${sent.at(-1)}`, body: { text } })));
  await post(ana, payloads.filter((_, n) => n % 20 === 1).map((text) => ({ method: "POST", path: `/conversations/${chat}/messages`, body: { text, reply_to: sent.at(-1) } })));
  await composer(ana).fill("<img src=x onerror=trap()> ||<script>trap()</script>|| [x](javascript:trap())");
  await ana.keyboard.press("Enter");
  await ben.getByRole("article").filter({ hasText: "[x](javascript:trap())" }).last().waitFor();
  await nothing("edits and answers");

  // What another program copied.
  await composer(ana).evaluate(async (box, all) => {
    for (const html of all) {
      await new Promise((go) => setTimeout(go));
      const data = new DataTransfer();
      data.setData("text/html", `<b>x</b>${html}`);
      data.setData("text/plain", "x");
      box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }
  }, payloads);
  await ana.waitForFunction(() => document.querySelector(".composer textarea").value.length > 300);
  await nothing("pastes");
  await composer(ana).fill("");

  // Names and texts of people, groups and invitations.
  const short = payloads.filter((text) => new TextEncoder().encode(text).length <= 60 && !/[\n\u0000-\u001f\u007f]/.test(text));
  const names = short.filter((_, n) => n % 12 === 0);
  for (const name of names) {
    const [group] = await post(ana, [{ method: "POST", path: "/conversations", body: { kind: "group", name, description: `${name} ${payloads[3]}`, members: [] } }]);
    assert.equal(group.startsWith("refused"), false, `a group called ${name}: ${group}`);
    await post(ana, [
      { method: "PATCH", path: `/conversations/${group}`, body: { rules: payloads.slice(40, 60).join("\n"), description: payloads.slice(60, 70).join("\n") } },
      { method: "POST", path: `/conversations/${group}/messages`, body: { text: name } },
    ]);
    if (name === names[0]) await ana.goto(`${one.url}/c/${group}?p=info`);
    if (name === names[0]) await ana.getByRole("complementary").getByText("trap()").first().waitFor();
  }
  for (const display_name of names) await post(ana, [{ method: "PUT", path: "/me/profile", body: { display_name } }]);
  const last = names.at(-1);
  await ben.getByRole("list", { name: "Chats" }).getByText(last, { exact: false }).first().waitFor();
  await ana.reload();
  await go(ana, "Chats");
  for (const place of ["Contacts", "Settings"]) await go(ana, place);
  await go(ben, "Contacts");
  await ben.reload();
  await ben.getByText(last, { exact: false }).filter({ visible: true }).first().waitFor();
  await nothing("names");

  // What people type where nobody sees it but they: links, searches, the palette.
  await go(ana, "Contacts");
  await ana.getByRole("link", { name: /^Add a contact/ }).first().click();
  for (const text of payloads.filter((_, n) => n % 60 === 2)) {
    await ana.getByLabel("Link or address").fill(text.replaceAll("\n", " "));
    await ana.getByRole("button", { name: "Show whose it is" }).click();
  }
  await ana.keyboard.press("ControlOrMeta+k");
  for (const text of payloads.filter((_, n) => n % 60 === 5)) await ana.keyboard.insertText(text.replaceAll("\n", " "));
  await nothing("fields");
});
