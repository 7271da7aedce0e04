// The first run by the keyboard alone: from the set-up link to the first message, and every other way to somebody.
import assert from "node:assert/strict";
import { makeGroup, makeLink } from "./groups.mjs";
import { withoutMouse } from "./keys.mjs";
import { composer, focused, PASSPHRASE, reaches, setUp } from "./people.mjs";

// call asks the node of a page for something.
const call = (page, path, body) =>
  page.evaluate(
    async ([at, sent]) => {
      const headers = { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() };
      const answer = await fetch(`/api/v1/${at}`, sent ? { method: "POST", headers, body: JSON.stringify(sent) } : {});
      if (!answer.ok) throw new Error(`${at}: ${answer.status}`);
      return answer.json();
    },
    [path, body],
  );

// neighbour makes another account on a node that has an owner.
async function neighbour(page, node, owner, name) {
  const { token } = await call(owner, "admin/invites", {});
  await page.goto(`${node.url}/unlock`);
  await call(page, "accounts", { name: name.toLowerCase(), display_name: name, passphrase: PASSPHRASE, invite: token });
}

// drawn is the picture of the QR code that a page shows.
async function drawn(page, node) {
  await page.goto(`${node.url}/contacts/add`);
  return page.getByRole("img", { name: /^QR code of/ }).screenshot();
}

// hand gives a picture to a page as a paste or a drop does.
const hand = (page, kind, png) =>
  page.evaluate(
    ([type, bytes]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0))], "code.png", { type: "image/png" }));
      const event = type === "paste" ? new ClipboardEvent(type, { clipboardData: data, bubbles: true, cancelable: true }) : new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
      document.activeElement.dispatchEvent(event);
      return event.defaultPrevented;
    },
    [kind, png.toString("base64")],
  );

// hold makes the camera of a page see a picture.
const hold = (page, png) =>
  page.evaluate(async (bytes) => {
    const canvas = document.createElement("canvas");
    const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0))]));
    [canvas.width, canvas.height] = [picture.width + 80, picture.height + 80];
    navigator.mediaDevices.getUserMedia = async () => {
      const context = canvas.getContext("2d");
      const draw = () => {
        context.fillStyle = "white";
        context.fillRect(0, 0, canvas.width, canvas.height);
        context.drawImage(picture, 40, 40);
        requestAnimationFrame(draw);
      };
      draw();
      return canvas.captureStream();
    };
  }, png.toString("base64"));

// firstRun makes Ana, the owner of the first node, who talks to Ben, Chiara and Dora of the second and to a group there. It ends
// with her page.
export async function firstRun([one, two], open) {
  const [ben, chiara, dora] = await Promise.all([0, 1, 2].map(async () => (await open()).newPage()));
  await setUp(ben, two, "Ben");
  const { contact_link: link } = await call(ben, "me");
  const [code, address, group] = await Promise.all([
    neighbour(chiara, two, ben, "Chiara").then(() => drawn(chiara, two)),
    neighbour(dora, two, ben, "Dora").then(async () => (await call(dora, "me")).address),
    makeGroup(ben, "Readers", []).then(() => makeLink(ben)),
  ]);

  const ana = await (await open()).newPage();
  const keys = await withoutMouse(ana);
  await ana.addInitScript(() => (window.print = () => (window.printed = true)));
  const card = ana.getByRole("heading", { name: "Is this who you mean?" });
  const chat = () => keys.screen(composer(ana), /Message to/);
  const add = async () => {
    await keys.press("Control+Shift+K");
    await ana.getByRole("heading", { name: "Contacts" }).waitFor();
    await keys.screen(ana.getByLabel("Link or address"));
    await keys.to(/Link or address/);
  };

  await ana.bringToFront();
  keys.path("set-up link to first message");
  await ana.goto(`${one.url}/setup#claim=${one.setupToken}`);
  await keys.screen(ana.getByLabel("Your name"), /Your name/);
  await keys.type("Ana");
  await keys.to(/^Passphrase/);
  await keys.type(PASSPHRASE);
  await keys.press("Enter");
  await keys.screen(ana.getByRole("heading", { name: "Add your first contact" }));
  await keys.to(/Link or address/);
  await keys.paste(link);
  await keys.press("Enter");
  await keys.screen(card, /^Message .?Ben/);
  await keys.press("Enter");
  await chat();
  await keys.type("the first message");
  await keys.press("Enter");
  await reaches(ana, "the first message", "delivered");
  keys.done(12);

  keys.path("recovery key");
  await keys.enter(/^Save it now/);
  await keys.screen(ana.getByRole("heading", { name: "Security", level: 1 }));
  await keys.to(/^Passphrase/);
  await keys.type(PASSPHRASE);
  await keys.press("Enter");
  await keys.screen(ana.getByRole("list", { name: "Your recovery key" }), /^Your recovery key/);
  const parts = await ana.getByRole("list", { name: "Your recovery key" }).getByRole("listitem").allTextContents();
  await keys.enter(/^Copy/);
  await ana.getByText("Recovery key copied").first().waitFor();
  const [file] = await Promise.all([ana.waitForEvent("download"), keys.enter(/^Save as file/)]);
  assert.match(file.suggestedFilename(), /recovery-key/);
  await keys.enter(/^Print/);
  assert.ok(await ana.evaluate(() => window.printed), "it can be printed");
  await keys.enter(/^I have kept it/);
  await keys.screen(ana.getByLabel(/^Type group/), /^Type group/);
  const number = Number(/\d/.exec(await focused(ana))[0]);
  await keys.type("0000");
  await keys.press("Enter");
  await ana.getByRole("alert").getByText("This is not group").waitFor();
  await keys.press("Control+A");
  await keys.type(parts[number - 1].toLowerCase());
  await keys.press("Enter");
  await keys.screen(ana.getByText("You have your recovery key."));
  keys.done(30);

  keys.path("contact by QR code");
  await add();
  await hold(ana, code);
  await keys.enter(/^Scan a code/);
  await keys.screen(card, /^Message .?Chiara/);
  await keys.enter(/^Not now/);
  await keys.screen(ana.getByLabel("Link or address"), /Link or address/);
  assert.ok(await hand(ana, "drop", code), "a picture of the code that is dropped is taken");
  await keys.screen(card, /^Message .?Chiara/);
  await keys.enter(/^Not now/);
  await keys.screen(ana.getByLabel("Link or address"), /Link or address/);
  assert.ok(await hand(ana, "paste", code), "a picture of the code that is pasted is taken");
  await keys.screen(card, /^Message .?Chiara/);
  await keys.press("Enter");
  await chat();
  await keys.type("seen by the camera");
  await keys.press("Enter");
  await reaches(ana, "seen by the camera", "delivered");
  keys.done(20);

  keys.path("contact by address");
  await add();
  await keys.type(address);
  await keys.press("Enter");
  await keys.screen(card, /^Send request to/);
  await keys.press("Enter");
  await chat();
  await keys.type("by your address");
  await keys.press("Enter");
  await reaches(ana, "by your address", "sent");
  keys.done(12);

  keys.path("group by invite");
  await add();
  await keys.paste(group);
  await keys.press("Enter");
  await keys.screen(ana.getByRole("heading", { name: "Join this group?" }), /^Join/);
  await keys.press("Enter");
  await chat();
  await keys.type("a word to all");
  await keys.press("Enter");
  await reaches(ana, "a word to all", "sent");
  keys.done(12);

  keys.path("my own code and link");
  await add();
  await keys.to(/^Your contact link/);
  await keys.press("Tab");
  await keys.press("Enter");
  await ana.getByRole("button", { name: "Copied" }).waitFor();
  keys.done(14);
  return ana;
}
