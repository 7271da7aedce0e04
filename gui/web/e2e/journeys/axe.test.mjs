// axe-core on every screen, in both themes, in high contrast and at the width
// of a phone. What axe cannot decide counts as a fault unless it is listed.
import { axe, check, LOOKS } from "../looks.mjs";
import { befriend, logIn, message, myAddress, myLink, say, setUp, show, story } from "../people.mjs";

story("every screen passes axe in every look", 2, async ({ nodes: [one, two], open }) => {
  const setup = await (await open({ bypassCSP: true })).newPage();
  const ben = await (await open()).newPage();
  await setup.goto(`${one.url}/setup`);
  await setup.evaluate(axe);
  await setup.getByRole("heading", { level: 1 }).waitFor();
  await check(setup, "set-up without a link");
  await setup.goto(`${one.url}/setup#claim=${one.setupToken}`);
  await setup.evaluate(axe);
  await setup.getByLabel("Your name").waitFor();
  await check(setup, "set-up");
  await setUp(setup, one, "Ana");
  await setUp(ben, two, "Ben");
  const link = await myLink(ben);
  const address = await myAddress(setup);
  await befriend(setup, link, "Ben");
  await say(setup, "hello");
  await say(setup, "a second line");

  for (const { name, contrast, ...options } of LOOKS) {
    const context = await open({ ...options, bypassCSP: true, reducedMotion: "reduce" });
    await context.addInitScript((look) => location.origin !== "null" && localStorage.setItem("conclave.look", look), JSON.stringify({ contrast: contrast ?? "normal" }));
    await context.addInitScript(axe);
    const page = await context.newPage();
    const visit = async (screen, path, ready) => {
      await page.goto(`${one.url}${path}`);
      await page.getByRole(...ready).first().waitFor();
      await page.waitForLoadState("networkidle"); // what is loaded apart stands in its place
      await check(page, `${name}: ${screen}`);
    };
    await visit("log-in", "/unlock", ["heading", { name: "Welcome back" }]);
    await visit("recovery", "/recover", ["heading", { name: "Use your recovery key" }]);
    await visit("join", "/join#X", ["heading", { name: "Join this node" }]);
    await visit("invitation", "/i#X", ["heading", { name: "You are invited to a chat" }]);
    await logIn(page, one, "ana");
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    if (!options.viewport) {
      await message(page, "hello").waitFor();
    } else {
      await page.getByRole("link", { name: /Ben/ }).first().click();
      await message(page, "hello").waitFor();
    }
    await check(page, `${name}: chat`);
    await page.getByRole("button", { name: "Contact details" }).click();
    await page.getByRole("complementary").waitFor();
    await check(page, `${name}: contact details`);
    await visit("contacts", "/contacts", ["heading", { name: "Contacts" }]);
    await visit("add a contact", "/contacts/add", ["img", { name: "QR code of your contact link" }]);
    for (const section of ["account", "security", "sessions", "mailboxes", "appearance", "about"]) {
      await visit(section, `/settings/${section}`, ["heading", { level: 1 }]);
    }
    for (const section of ["node", "accounts", "invites"]) await visit(section, `/admin/${section}`, ["heading", { level: 1 }]);
    await visit("nothing here", "/nowhere", ["heading", { name: "There is nothing here" }]);
    await page.keyboard.press("Control+K");
    await page.getByRole("dialog").waitFor();
    await check(page, `${name}: palette`);
    await context.close();
  }
  await show(ben, address);
});
