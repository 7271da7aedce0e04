// Formatted texts: written with keys and by paste, read on the other node, with code, spoilers and links that say where they lead.
import assert from "node:assert/strict";
import { LOOKS, axe, check } from "../looks.mjs";
import { composer, couple, hasCopied, hasFocus, say, story, withClipboard } from "../people.mjs";

const newest = (page) => page.getByRole("article").last();

// paste gives the box what another program copied.
function paste(page, html, plain) {
  return composer(page).evaluate(
    (box, [rich, text]) => {
      const data = new DataTransfer();
      data.setData("text/html", rich);
      data.setData("text/plain", text);
      box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    },
    [html, plain],
  );
}

const CODE = ["package main", "", "// a comment", "func main() {", ...Array.from({ length: 20 }, (_, n) => `\tprintln("line ${n}", ${n})`), "}"].join("\n");

story("texts are formatted by whoever writes them, and read the same on the other node", 2, async ({ nodes: [one, two], open }) => {
  const [ana, ben] = await couple(open, one, two);

  // Keys put marks around what is selected; the caret stays in between for what is not there yet.
  await composer(ana).pressSequentially("so ");
  await ana.keyboard.press("ControlOrMeta+b");
  await ana.keyboard.type("bold");
  assert.equal(await composer(ana).inputValue(), "so **bold**");
  await composer(ana).press("Shift+Home");
  await ana.keyboard.press("ControlOrMeta+Shift+x");
  await composer(ana).fill("very slanted");
  await composer(ana).selectText();
  await ana.keyboard.press("ControlOrMeta+i");
  assert.equal(await composer(ana).inputValue(), "*very slanted*");
  await ana.keyboard.press("Enter");
  const slanted = ben.getByRole("article").filter({ hasText: "very slanted" }).locator("em");
  assert.equal(await slanted.textContent(), "very slanted");

  // A list goes on by itself, and ends with an empty item.
  await composer(ana).pressSequentially("- one");
  await ana.keyboard.press("Shift+Enter");
  await ana.keyboard.type("two");
  await ana.keyboard.press("Shift+Enter");
  assert.equal(await composer(ana).inputValue(), "- one\n- two\n- ");
  await ana.keyboard.press("Shift+Enter");
  await ana.keyboard.type("after");
  await ana.keyboard.press("Enter");
  await newest(ben).getByText("after").waitFor();
  assert.deepEqual(await newest(ben).getByRole("listitem").allTextContents(), ["one", "two"]);

  // What another program copied keeps its form.
  await paste(ana, '<p>See <b>the plan</b> at <a href="https://plan.example/x">our place</a></p><ol><li>go</li></ol>', "See the plan at our place go");
  await ana.waitForFunction(() => document.querySelector(".composer textarea").value !== "");
  assert.equal(await composer(ana).inputValue(), "See **the plan** at [our place](https://plan.example/x)\n\n1. go");
  await composer(ana).press("Enter");
  const link = newest(ben).getByRole("link", { name: /our place/ });
  assert.equal((await link.textContent()).replace(/[\u2068\u2069]/g, ""), "our place (plan.example)", "the host is told");
  assert.deepEqual([await link.getAttribute("rel"), await link.getAttribute("target")], ["noopener noreferrer", "_blank"]);

  // A spoiler is covered everywhere until it is opened: in the row, in its name, in the list of chats.
  await say(ana, "it ends with ||a wedding||");
  await newest(ben).getByText("it ends with").waitFor();
  await ben.getByRole("list", { name: "Chats" }).getByText("it ends with ▒▒▒▒▒").waitFor();
  assert.equal((await ben.locator("body").innerHTML()).includes("wedding"), false, "a covered text is in the page");
  // With the keyboard: to the message, into it, and on the cover.
  await composer(ben).press("Shift+ArrowUp");
  await hasFocus(ben, /it ends with/, "the newest message");
  await ben.keyboard.press("Enter");
  await hasFocus(ben, /^Hidden text/, "the cover");
  await ben.keyboard.press("Enter");
  await newest(ben).getByText("a wedding").waitFor();

  // Code is coloured by what loads with it, copied whole, and folded.
  await say(ana, `\`\`\`go\n${CODE}\n\`\`\``);
  const code = newest(ben).getByRole("figure", { name: "Code: ⁨go⁩" }).or(newest(ben).getByRole("figure", { name: /^Code/ })).first();
  await code.locator(".code-word").first().waitFor();
  await code.locator(".code-note", { hasText: "a comment" }).waitFor();
  assert.equal((await code.locator("pre").textContent()).split("\n").length, 20, "long code is folded");
  await code.getByRole("button", { name: "Show all 25 lines" }).click();
  assert.equal(await code.locator("pre").textContent(), CODE);
  await withClipboard(async () => {
    await code.getByRole("button", { name: "Copy code" }).click();
    await hasCopied(ben, CODE);
  });

  await ben.locator(".scroller").hover();
  await ben.mouse.wheel(0, 9000);

  // A text without marks stays byte for byte, a long one is folded.
  await say(ana, "  2 * 3 * 4   <b>");
  await newest(ben).getByText("2 * 3 * 4").waitFor();
  assert.equal(await newest(ben).locator(".message-text").textContent(), "  2 * 3 * 4   <b>");
  await composer(ana).fill(Array.from({ length: 90 }, (_, n) => `verse ${n}`).join("\n"));
  await composer(ana).press("Enter");
  await newest(ben).getByText("verse 59").waitFor();
  assert.equal(await newest(ben).getByText("verse 89").count(), 0);
  await newest(ben).getByRole("button", { name: "Show all of it" }).click();
  await newest(ben).getByText("verse 89").waitFor();

  // Answers and earlier texts are read without marks.
  await say(ana, "# Head\n\n> **said** `here`\n\nand https://a.example/ with ~~struck~~ text");
  await newest(ben).getByText("Head").waitFor();
  await newest(ben).hover();
  await newest(ben).getByRole("button", { name: "Reply" }).click();
  await ben.locator(".composer-bar-text", { hasText: "Head > said here and https://a.example/ with struck text" }).waitFor();

  await ben.evaluate(axe);
  for (const { name, ...media } of LOOKS.slice(0, 2)) {
    await ben.emulateMedia(media);
    await newest(ben).scrollIntoViewIfNeeded();
    await check(ben, `formatted texts, ${name}`);
    if (process.env.CONCLAVE_SHOTS) await ben.screenshot({ path: `e2e/out/format-${name}.png` });
  }
});
