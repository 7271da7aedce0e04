// Messages are sent later with all that goes with them, changed, cancelled and sent now; the node restarts meanwhile; one goes by
// itself, and a reminder falls due.
import assert from "node:assert/strict";
import { PATIENT } from "../groups.mjs";
import { LOOKS, axe, check, inLooks } from "../looks.mjs";
import { composer, couple, go, gone, message, say, story } from "../people.mjs";

const later = (page, text) => page.getByRole("listitem").filter({ hasText: text }).filter({ has: page.getByRole("button") });

// soon is a time of the page's clock, as a field for date and time takes it.
const soon = (page, minutes) =>
  page.evaluate((ms) => {
    const at = new Date(Date.now() + ms);
    return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  }, minutes * 60_000);

// inSeconds has the node do something in a second: the dialog counts in minutes. A call that took longer is made again.
const inSeconds = (page, path, body) =>
  page.evaluate(async ([path, body]) => {
    for (let wait = 1000; wait < 60_000; wait *= 2) {
      const at = new Date(Date.now() + wait).toISOString();
      const answer = await fetch(`/api/v1/conversations/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ ...body, at }) });
      if (answer.status === 201) return;
      if ((await answer.json()).code !== "at_past") throw new Error(`got ${answer.status}`);
    }
    throw new Error("the node was too slow");
  }, [path, body]);

const paste = (page) =>
  page.evaluate(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 320 });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#0f766e";
    pen.fillRect(0, 0, 640, 320);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([blob], "a.png", { type: "image/png" }));
    document.querySelector(".composer textarea").dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  });

story("messages are sent later with all that goes with them, and a reminder comes", 2, async ({ nodes: [one, two], open }) => {
  const [ana, ben] = await couple(open, one, two);
  const conversation = new URL(ana.url()).pathname.split("/").pop();
  await say(ben, "call me");
  await message(ana, "call me").waitFor(PATIENT);

  // A reminder, from the menu of the message.
  await message(ana, "call me").hover();
  await message(ana, "call me").getByRole("button", { name: "More", exact: true }).click();
  await ana.getByRole("menuitem", { name: "Remind me" }).click();
  await ana.getByRole("menuitem", { name: /^In an hour/ }).click();
  await ana.getByText(/^You will be reminded/).first().waitFor();

  // With the keyboard; what is past is refused.
  await composer(ana).fill("by hand");
  await ana.getByRole("button", { name: "Send later" }).focus();
  await ana.keyboard.press("Enter");
  await ana.getByRole("menuitem", { name: "Choose a time" }).press("Enter");
  await ana.getByLabel("Date and time").fill("2020-01-01T10:00");
  await ana.keyboard.press("Enter");
  await ana.getByText("Choose a time that is still to come.").waitFor();
  await ana.getByLabel("Date and time").fill(await soon(ana, 90));
  await ana.keyboard.press("Enter");
  await ana.getByText("1 message is scheduled in this chat.").waitFor();

  // A picture without a text, important, as a reply. All of it leaves the composer.
  await message(ana, "call me").hover();
  await message(ana, "call me").getByRole("button", { name: "Reply", exact: true }).click();
  await ana.getByRole("button", { name: /^Priority/ }).click();
  await ana.getByRole("menuitemcheckbox", { name: "Important" }).click();
  await paste(ana);
  const tray = ana.getByRole("group", { name: "Picture that goes with the message" });
  await tray.getByLabel("Description").fill("A field");
  await ana.getByRole("button", { name: "Send later" }).click();
  await ana.getByRole("menuitem", { name: /^Tomorrow morning/ }).click();
  await ana.getByText("2 messages are scheduled in this chat.").waitFor();
  await gone(tray);
  await gone(ana.getByText(/^Reply to .?Ben/));
  assert.equal(await ana.getByText(/^The next message/).count(), 0, "the next message is important too");

  // A poll, from its dialog.
  await ana.getByRole("button", { name: "Share", exact: true }).click();
  await ana.getByRole("menuitem", { name: "Poll" }).click();
  const poll = ana.getByRole("dialog", { name: "Ask a poll" });
  await poll.getByLabel("Question").fill("Lunch?");
  await poll.getByLabel("Option 1", { exact: true }).fill("Soup");
  await poll.getByLabel("Option 2", { exact: true }).fill("Bread");
  await poll.getByRole("button", { name: "Send later" }).click();
  await ana.getByRole("menuitem", { name: /^Tomorrow morning/ }).click();
  await gone(poll);
  await ana.getByText("3 messages are scheduled in this chat.").waitFor();

  // The list is the same after the node restarted: changed, sent now, cancelled.
  await one.kill();
  await one.start();
  await ana.goto(`${one.url}/saved/scheduled`);
  await later(ana, "A field").getByText("As a reply").waitFor();
  await later(ana, "A field").getByText("Important").waitFor();
  await later(ana, "Lunch?").getByText(/Poll: .?Soup · Bread/).waitFor();
  await inLooks(open, ana, process.env.CONCLAVE_NIGHTLY || process.env.CONCLAVE_SHOTS ? LOOKS : LOOKS.filter(({ name }) => name === "phone"), async (page, look) => {
    await later(page, "Lunch?").waitFor();
    await page.evaluate(axe);
    await check(page, `scheduled messages, ${look}`);
    await shot(page, `scheduled-${look}`);
  });
  await later(ana, "by hand").getByRole("button", { name: "Edit" }).click();
  await ana.getByLabel("Message", { exact: true }).fill("by hand, and better");
  await ana.getByRole("button", { name: "Save" }).click();
  for (const text of ["by hand, and better", "A field", "Lunch?"]) await later(ana, text).getByRole("button", { name: "Send now" }).click();
  await message(ben, "by hand, and better").waitFor(PATIENT);
  const picture = ben.getByRole("article").filter({ has: ben.getByRole("button", { name: /^Open the picture: .?A field/ }) });
  await picture.getByText("Important").waitFor(PATIENT);
  await picture.locator(".quote").getByText("call me").waitFor();
  await ben.getByRole("radio", { name: "Soup" }).waitFor(PATIENT);
  await ana.getByRole("heading", { name: "Nothing is scheduled" }).waitFor();

  // One goes by itself, and a reminder falls due, while another screen is open.
  const called = await message(ben, "call me").getAttribute("data-message");
  const reminded = ana.getByText(/^Reminder: .?about lunch/).first().waitFor(PATIENT);
  await inSeconds(ana, `${conversation}/scheduled`, { text: "by itself" });
  await inSeconds(ana, `${conversation}/messages/${called}/remind`, { note: "about lunch" });
  await go(ana, "Contacts");
  await reminded;
  await message(ben, "by itself").waitFor(PATIENT);
  await go(ana, /^Later/);
  await ana.getByRole("link", { name: "Reminders" }).click();
  await later(ana, "about lunch").getByText("Due").waitFor();
  await later(ana, "about lunch").getByRole("button", { name: "Done" }).click();
  await gone(later(ana, "about lunch"));
  await later(ana, "call me").getByRole("button", { name: "Open chat" }).click();
  await message(ana, "by itself").waitFor();
  assert.equal(await message(ana, "by itself").count(), 1);
});

const shot = (page, name) => (process.env.CONCLAVE_SHOTS ? page.screenshot({ path: `e2e/out/${name}.png` }) : undefined);
