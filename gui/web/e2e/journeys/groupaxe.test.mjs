// axe-core on every screen of groups, in every look.
import { dialog, inGroup, makeGroup, makeLink, panel, PATIENT, person } from "../groups.mjs";
import { axe, check, LOOKS } from "../looks.mjs";
import { befriend, logIn, message, myLink, say, setUp, story } from "../people.mjs";

story("every screen of groups passes axe in every look", 2, async ({ nodes: [one, two], open }) => {
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

  for (const { name, contrast, ...options } of LOOKS) {
    const context = await open({ ...options, bypassCSP: true, reducedMotion: "reduce" });
    await context.addInitScript((look) => location.origin !== "null" && localStorage.setItem("conclave.look", look), JSON.stringify({ contrast: contrast ?? "normal" }));
    await context.addInitScript(axe);
    const page = await context.newPage();
    await page.goto(`${one.url}/j#${secret}`);
    await page.getByRole("heading", { name: "You are invited to a group" }).waitFor();
    await check(page, `${name}: link before log-in`);
    await logIn(page, one, "ana");
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    const visit = async (screen, path, ready) => {
      await page.goto(`${one.url}${path}`);
      await ready().first().waitFor();
      if (path.startsWith(chat)) await message(page, "an answer").waitFor({ state: "attached" });
      await check(page, `${name}: ${screen}`);
    };
    await visit("group", chat, () => message(page, "an answer"));
    await visit("details", `${chat}?p=info`, () => panel(page).getByRole("link", { name: "People" }));
    await visit("people", `${chat}?p=people`, () => person(page, "Ben"));
    await person(page, "Ben").click();
    await dialog(page).waitFor();
    await check(page, `${name}: a person`);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Add people" }).click();
    await dialog(page).waitFor();
    await check(page, `${name}: add people`);
    await visit("invite links", `${chat}?p=invites`, () => page.getByRole("button", { name: "Make a link" }));
    await visit("settings", `${chat}?p=settings`, () => page.getByRole("switch", { name: "Announcements only" }));
    await visit("sync", `${chat}?p=sync`, () => page.getByRole("heading", { name: "Nodes of the members" }));
    await visit("new group", "/new/group", () => page.getByLabel("Name", { exact: true }));
    await visit("new channel", "/new/channel", () => page.getByLabel("Name", { exact: true }));
    await visit("public groups", "/groups", () => page.getByRole("heading", { name: "Public groups", level: 1 }));
    await visit("own link", `/j#${secret}`, () => page.getByRole("heading", { name: "Join this group?" }));
    await page.goto(one.url);
    await page.getByRole("button", { name: "New chat or group" }).click();
    await page.getByRole("menu").waitFor();
    await check(page, `${name}: menu`);
    await context.close();
  }
});
