// axe-core on every screen of groups, in two looks; by `make nightly` in every look.
import { dialog, inGroup, makeGroup, makeLink, panel, PATIENT, person } from "../groups.mjs";
import { axe, check, FEW_LOOKS, LOOKS, wear } from "../looks.mjs";
import { befriend, logIn, message, myLink, say, setUp, story } from "../people.mjs";

story("every screen of groups passes axe", 2, async ({ nodes: [one, two], open }) => {
  const ana = await (await open()).newPage();
  const ben = await (await open()).newPage();
  await setUp(ana, one, "Ana");
  await setUp(ben, two, "Ben");
  await befriend(ben, await myLink(ana), "Ana");
  await makeGroup(ana, "Readers", ["Ben"]);
  await say(ana, "a first line");
  await inGroup(ben, "Readers");
  await message(ben, "a first line").waitFor(PATIENT);
  await say(ben, "an answer");
  await message(ana, "an answer").waitFor(PATIENT);
  const link = await makeLink(ana);
  const secret = link.replace(/^.*(?:\/j#|conclave:j\/)/, "");
  const chat = new URL(ana.url()).pathname;

  // Each screen is loaded once and looked at in every look.
  const page = await (await open({ bypassCSP: true })).newPage();
  await page.addInitScript(axe);
  const inEach = async (screen, ready) => {
    for (const look of FEW_LOOKS) {
      await wear(page, look);
      await ready().first().waitFor();
      if (look.viewport.width >= 640 && (await page.getByRole("navigation", { name: "Main" }).count())) await page.getByRole("list", { name: "Chats" }).waitFor(); // what stands beside it is loaded apart
      await check(page, `${look.name}: ${screen}`);
    }
    await wear(page, LOOKS[0]);
  };
  const visit = async (screen, path, ready) => {
    await page.goto(`${one.url}${path}`);
    if (path.startsWith(chat)) await message(page, "an answer").waitFor({ state: "attached" });
    await inEach(screen, ready);
  };
  await page.goto(`${one.url}/j#${secret}`);
  await inEach("link before log-in", () => page.getByRole("heading", { name: "You are invited to a group" }));
  await logIn(page, one, "ana");
  await page.getByRole("navigation", { name: "Main" }).waitFor();
  await visit("group", chat, () => message(page, "an answer"));
  await visit("details", `${chat}?p=info`, () => panel(page).getByRole("link", { name: "People" }));
  await visit("people", `${chat}?p=people`, () => person(page, "Ben"));
  await person(page, "Ben").click();
  await inEach("a person", () => dialog(page));
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Add people" }).click();
  await inEach("add people", () => dialog(page));
  await visit("invite links", `${chat}?p=invites`, () => page.getByRole("button", { name: "Make a link" }));
  await visit("settings", `${chat}?p=settings`, () => page.getByRole("switch", { name: "Announcements only" }));
  await visit("sync", `${chat}?p=sync`, () => page.getByRole("heading", { name: "Nodes of the members" }));
  await visit("new group", "/new/group", () => page.getByLabel("Name", { exact: true }));
  await visit("new channel", "/new/channel", () => page.getByLabel("Name", { exact: true }));
  await visit("public groups", "/groups", () => page.getByText("No public groups here"));
  await visit("own link", `/j#${secret}`, () => page.getByRole("heading", { name: "Join this group?" }));
  for (const look of FEW_LOOKS) {
    await wear(page, look);
    await page.goto(one.url);
    await page.getByRole("button", { name: "New chat or group" }).click();
    await page.getByRole("menu").waitFor();
    await check(page, `${look.name}: menu`);
  }
});
