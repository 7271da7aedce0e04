// axe-core on every screen, in both themes, in high contrast and at the width
// of a phone. What axe cannot decide counts as a fault unless it is listed.
import { axe, check, LOOKS, wear } from "../looks.mjs";
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

  // Each screen is loaded once and looked at in every look.
  const page = await (await open({ bypassCSP: true })).newPage();
  await page.addInitScript(axe);
  const inEach = async (screen, ready) => {
    for (const look of LOOKS) {
      await wear(page, look);
      await ready.waitFor();
      await check(page, `${look.name}: ${screen}`);
    }
    await wear(page, LOOKS[0]);
  };
  const visit = async (screen, path, ...role) => {
    await page.goto(`${one.url}${path}`);
    const ready = page.getByRole(...role).first();
    await ready.waitFor();
    await page.waitForLoadState("networkidle"); // what is loaded apart stands in its place
    await inEach(screen, ready);
  };
  await visit("log-in", "/unlock", "heading", { name: "Welcome back" });
  await visit("recovery", "/recover", "heading", { name: "Use your recovery key" });
  await visit("join", "/join#X", "heading", { name: "Join this node" });
  await visit("invitation", "/i#X", "heading", { name: "You are invited to a chat" });
  await logIn(page, one, "ana");
  await page.getByRole("navigation", { name: "Main" }).waitFor();
  for (const look of LOOKS.filter(({ viewport }) => viewport.width < 640)) {
    await wear(page, look);
    await page.goto(one.url);
    await page.getByRole("list", { name: "Chats" }).waitFor();
    await check(page, `${look.name}: chats`);
  }
  await page.getByRole("link", { name: /Ben/ }).first().click();
  await inEach("chat", message(page, "hello"));
  await page.getByRole("button", { name: "Contact details" }).click();
  await inEach("contact details", page.getByRole("complementary"));
  await visit("contacts", "/contacts", "heading", { name: "Contacts" });
  await visit("add a contact", "/contacts/add", "img", { name: "QR code of your contact link" });
  for (const section of ["account", "security", "sessions", "mailboxes", "appearance", "about"]) {
    await visit(section, `/settings/${section}`, "heading", { level: 1 });
  }
  for (const section of ["node", "accounts", "invites"]) await visit(section, `/admin/${section}`, "heading", { level: 1 });
  await visit("nothing here", "/nowhere", "heading", { name: "There is nothing here" });
  await page.keyboard.press("Control+K");
  await inEach("palette", page.getByRole("dialog"));
  await show(ben, address);
});
