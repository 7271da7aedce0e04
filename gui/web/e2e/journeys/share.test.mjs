// A place and a contact are passed on: as numbers without a map, and as a card from which the reader adds whom it names.
import assert from "node:assert/strict";
import { LOOKS, axe, check } from "../looks.mjs";
import { befriend, composer, gone, hasCopied, myLink, openChat, setUp, story, withClipboard } from "../people.mjs";

const newest = (page) => page.getByRole("article").last();

async function choose(page, item) {
  await page.getByRole("button", { name: "Share", exact: true }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

story("a place and a contact are passed on, and nothing is loaded for them", 2, async ({ nodes: [one, two], open }) => {
  const ana = await (await open({ geolocation: { latitude: 52.52, longitude: 13.405, accuracy: 12 }, permissions: ["geolocation"] })).newPage();
  const ben = await (await open()).newPage();
  await setUp(ana, one, "Ana");
  await setUp(ben, two, "Ben");
  await befriend(ben, await myLink(ana), "Ana");
  await openChat(ana, "Ben");
  const asked = [];
  for (const [page, node] of [[ana, one], [ben, two]]) page.on("request", (request) => request.url().startsWith(node.url) || request.url().startsWith("blob:") || asked.push(request.url()));

  // A place that was typed, with the keyboard.
  await ana.getByRole("button", { name: "Share", exact: true }).focus();
  await ana.keyboard.press("Enter");
  await ana.getByRole("menuitem", { name: "Location" }).press("Enter");
  const form = ana.getByRole("dialog", { name: "Share a location" });
  await form.getByLabel("Latitude").fill("91");
  await form.getByLabel("Longitude").fill("11.5755");
  await form.getByRole("button", { name: "Send", exact: true }).click();
  await form.getByText("Latitude is from -90 to 90").waitFor();
  await form.getByLabel("Latitude").fill("48.1372");
  await form.getByLabel("Name of the place").fill("The *square*");
  await ana.evaluate(axe);
  await check(ana, "a place that is shared");
  await form.getByLabel("Name of the place").press("Enter");
  await gone(form);
  await newest(ben).getByText("48.13720, 11.57550", { exact: true }).waitFor();
  assert.equal(await newest(ben).locator(".message-text").textContent(), "Location: The *square*, 48.13720, 11.57550", "the text says it too");
  assert.equal(await newest(ben).getByRole("link", { name: "Open in a map app" }).getAttribute("href"), "geo:48.13720,11.57550");
  await withClipboard(async () => {
    await newest(ben).getByRole("button", { name: "Copy coordinates" }).click();
    await hasCopied(ben, "48.13720, 11.57550");
  });

  // Where Ana is for a while: it moves with her, goes on when the page is loaded again, and ends when she says so.
  await choose(ana, "Location");
  await form.getByRole("radio", { name: "15 minutes" }).check();
  await gone(form.getByLabel("Latitude"));
  await ana.evaluate(axe);
  await check(ana, "a live location that is shared");
  if (process.env.CONCLAVE_SHOTS) await ana.screenshot({ path: "e2e/out/live-dialog.png" });
  await form.getByRole("button", { name: "Send", exact: true }).click();
  await gone(form);
  await newest(ben).getByText("52.52000, 13.40500", { exact: true }).waitFor();
  await newest(ben).getByText(/^Live until/).waitFor();
  const going = ana.getByText(/^Others see where you are until/);
  await going.waitFor();
  await ana.context().setGeolocation({ latitude: 52.6, longitude: 13.5, accuracy: 5 });
  await newest(ben).getByText("52.60000, 13.50000", { exact: true }).waitFor({ timeout: 90_000 });
  await newest(ben).getByText(/^Live until .*, as of/).waitFor();
  await ben.reload();
  await newest(ben).getByText("52.60000, 13.50000", { exact: true }).waitFor();
  await ana.reload();
  await going.waitFor();
  if (process.env.CONCLAVE_SHOTS) for (const [name, page] of [["own", ana], ["other", ben]]) await page.screenshot({ path: `e2e/out/live-${name}.png` });
  await ana.context().setGeolocation({ latitude: 52.7, longitude: 13.6, accuracy: 5 });
  await newest(ben).getByText("52.70000, 13.60000", { exact: true }).waitFor({ timeout: 90_000 });
  await ana.evaluate(axe);
  await check(ana, "an own live location");
  await ana.getByRole("button", { name: "Stop sharing" }).click();
  await gone(going);
  await newest(ben).getByText("Live location ended").waitFor();
  await newest(ben).getByText("52.52000, 13.40500", { exact: true }).waitFor(); // where she went is kept nowhere

  // A picture that is dropped is drawn small, stands in a box of its size, and needs no text. What is chosen and no picture is refused.
  await ana.evaluate(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1600, height: 800 });
    const pen = canvas.getContext("2d");
    const sky = pen.createLinearGradient(0, 0, 1600, 800);
    for (const [at, colour] of [[0, "#1e3a8a"], [0.6, "#f59e0b"], [1, "#065f46"]]) sky.addColorStop(at, colour);
    pen.fillStyle = sky;
    pen.fillRect(0, 0, 1600, 800);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    window.dropped = () => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([blob], "a.png", { type: "image/png" }));
      document.querySelector(".composer-box").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    };
  });
  const chooser = ana.waitForEvent("filechooser");
  await choose(ana, "Picture");
  await (await chooser).setFiles({ name: "a.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF") });
  await ana.getByText("Files cannot be sent yet").waitFor();
  await ana.getByRole("button", { name: "Dismiss" }).click();
  await ana.evaluate(() => window.dropped());
  const tray = ana.getByRole("group", { name: "Picture that goes with the message" });
  await tray.getByText("1280 × 640").waitFor();
  await tray.getByLabel("Description").fill("A sunset over hills");
  if (process.env.CONCLAVE_SHOTS) await ana.screenshot({ path: "e2e/out/picture-tray.png" });
  await ana.evaluate(axe);
  await check(ana, "a picture that is attached");
  await tray.getByLabel("Description").press("Enter");
  await gone(tray);
  const shown = newest(ben).getByRole("button", { name: /^Open the picture: .?A sunset over hills/ });
  await shown.waitFor();
  const box = await shown.boundingBox();
  assert.ok(Math.abs(box.width / box.height - 2) < 0.05, `a box of ${box.width} × ${box.height}`);
  assert.equal(await newest(ben).locator(".message-text").count(), 0, "the text only stands for the picture");
  await shown.locator("img").evaluate((image) => image.decode());
  await shown.click();
  const large = ben.getByRole("dialog", { name: "A sunset over hills" });
  await large.getByRole("link", { name: "Save" }).waitFor();
  if (process.env.CONCLAVE_SHOTS) await ben.screenshot({ path: "e2e/out/picture-large.png" });
  await ben.keyboard.press("Escape");
  await gone(large);

  // Her own card: with a link, so that whoever reads it can add her. Ben has her already.
  await choose(ana, "Contact");
  await ana.getByRole("dialog", { name: "Share a contact" }).getByRole("button", { name: /Ana/ }).first().click();
  await newest(ben).getByText("In your contacts").waitFor();
  await newest(ana).getByText("That is you.").waitFor();

  // A poll, answered with the pointer there and with keys here, and ended.
  await choose(ana, "Poll");
  const made = ana.getByRole("dialog", { name: "Ask a poll" });
  await made.getByLabel("Question").fill("Lunch?");
  await made.getByLabel("Option 1", { exact: true }).fill("Soup");
  await made.getByRole("button", { name: "Ask", exact: true }).click();
  await made.getByText("at least two options").waitFor();
  await made.getByLabel("Option 2", { exact: true }).fill("Bread and cheese");
  await ana.evaluate(axe);
  await check(ana, "a poll that is made");
  if (process.env.CONCLAVE_SHOTS) await ana.screenshot({ path: "e2e/out/poll-dialog.png" });
  await made.getByRole("button", { name: "Ask", exact: true }).click();
  await gone(made);
  await newest(ben).getByRole("radio", { name: "Soup" }).click();
  await newest(ana).getByText(/^1 vote$/).waitFor();
  await newest(ana).getByRole("radio", { name: "Bread and cheese" }).focus();
  await ana.keyboard.press("Space");
  await newest(ana).getByRole("button", { name: "Vote", exact: true }).press("Enter");
  await newest(ben).getByText(/^2 votes$/).waitFor();
  await newest(ana).getByRole("button", { name: "Who voted" }).click();
  const voters = ana.getByRole("dialog", { name: "Who voted" });
  await voters.getByRole("listitem").filter({ hasText: "Ben" }).getByText("Soup").waitFor();
  await voters.getByRole("button", { name: "Close" }).click();
  await newest(ana).getByRole("button", { name: "End poll" }).click();
  await ana.getByRole("dialog", { name: "End poll" }).getByRole("button", { name: "End poll" }).click();
  await newest(ben).getByText("This poll is over").waitFor();
  await newest(ben).getByRole("button", { name: "Who voted" }).click();
  await ben.getByRole("dialog", { name: "Who voted" }).getByRole("button", { name: "Close" }).click();

  await ben.evaluate(axe);
  for (const { name, ...media } of LOOKS.slice(0, 2)) {
    await ben.emulateMedia(media);
    await check(ben, `what is shared, ${name}`);
    if (process.env.CONCLAVE_SHOTS) await ben.screenshot({ path: `e2e/out/share-${name}.png` });
  }
  assert.deepEqual(asked, [], "something was loaded from elsewhere");
  await composer(ana).waitFor();
});

story("somebody is added from a card, after their check words were shown", 3, async ({ nodes: [one, two, three], open }) => {
  const [ana, ben, cem] = await Promise.all([one, two, three].map(async (node, index) => {
    const page = await (await open()).newPage();
    await setUp(page, node, ["Ana", "Ben", "Cem"][index]);
    return page;
  }));
  const link = await myLink(ana);
  await befriend(ben, link, "Ana");
  await befriend(cem, link, "Ana");
  await choose(cem, "Contact");
  await cem.getByRole("dialog", { name: "Share a contact" }).getByRole("button", { name: /Cem/ }).first().click();
  await cem.getByRole("article").last().getByText("That is you.").waitFor();
  await openChat(ana, "Cem");
  const card = newest(ana).getByRole("group", { name: "Contact" });
  await card.getByText("In your contacts").waitFor();

  // Ana passes Cem on to Ben, by his address.
  await openChat(ana, "Ben");
  await choose(ana, "Contact");
  await ana.getByRole("dialog", { name: "Share a contact" }).getByRole("button", { name: /Cem/ }).first().click();
  await newest(ben).getByRole("group", { name: "Contact" }).getByRole("button", { name: "Add as contact" }).click();
  const dialog = ben.getByRole("dialog", { name: "Cem" });
  await dialog.getByText("Check words").waitFor();
  await dialog.getByRole("button", { name: "Add as contact" }).click();
  await gone(dialog);
  await newest(ben).getByRole("group", { name: "Contact" }).getByText("In your contacts").waitFor();
});
