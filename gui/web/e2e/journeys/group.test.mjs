// Groups over three nodes: made from contacts, talked in, run by roles, left;
// and the ways in by a link.
import assert from "node:assert/strict";
import { choose, closeDetails, details, dialog, inGroup, makeGroup, makeLink, panel, paste, PATIENT, person, notice } from "../groups.mjs";
import { befriend, composer, focused, go, gone, hasFocus, message, myLink, openChat, reaches, say, setUp, story } from "../people.mjs";

async function three(nodes, open) {
  const pages = await Promise.all(
    ["Ana", "Ben", "Cem"].map(async (name, index) => {
      const page = await (await open()).newPage();
      await setUp(page, nodes[index], name);
      return page;
    }),
  );
  const [ana, ben, cem] = pages;
  const link = await myLink(ana);
  await befriend(ben, link, "Ana");
  await befriend(cem, link, "Ana");
  await ana.getByRole("navigation", { name: "Main" }).waitFor();
  return { ana, ben, cem };
}

// kept waits until a node keeps each of these lines, and finds none of them twice. A page shows only what is near.
async function kept(page, lines) {
  let found = [];
  for (const end = Date.now() + PATIENT.timeout; Date.now() < end && !lines.every((line) => found.includes(line)); ) {
    if (found.length > 0) await page.waitForTimeout(200);
    found = await page.evaluate(async () => {
      const answer = await fetch(`/api/v1/conversations/${location.pathname.split("/")[2]}/messages?limit=100`);
      return (await answer.json()).items.map(({ text }) => text);
    });
  }
  assert.deepEqual(found.filter((text) => lines.includes(text)).toSorted(), lines.toSorted(), "after a power cut messages are lost or doubled");
}

story("three people on three nodes make a group, talk in it and change who is in it", 3, async ({ nodes, open }) => {
  const { ana, ben, cem } = await three(nodes, open);
  await makeGroup(ana, "Readers", ["Ben"]);
  await inGroup(ben, "Readers");
  await composer(ben).waitFor(PATIENT);

  await say(ana, "hello group");
  await message(ben, "hello group").waitFor(PATIENT);
  assert.match((await message(ben, "hello group").getAttribute("aria-label")).replace(/[\u2068\u2069]/g, ""), /^Ana, /, "a message names its author");
  await say(ben, "hello Ana");
  await message(ana, "hello Ana").waitFor(PATIENT);
  await reaches(ana, "hello group", "delivered");
  await ana.getByRole("list", { name: "Chats" }).getByRole("link", { name: /Readers/ }).getByText(/Ben.?: .?hello Ana/).waitFor();

  // The node of Ben is known by his name.
  await details(ana, "Sync");
  const his = panel(ana).getByRole("listitem").filter({ hasText: /Ben.?’s node/ });
  await his.getByText("In sync", { exact: true }).waitFor(PATIENT);

  // Ana adds Cem, who gets what is written from then on.
  await details(ana, "People");
  await ana.getByRole("button", { name: "Add people" }).click();
  await dialog(ana).getByRole("checkbox", { name: "Cem" }).check();
  await dialog(ana).getByRole("button", { name: "Add 1 person" }).click();
  await person(ana, "Cem").waitFor(PATIENT);

  // Ben reads that, and in Spanish where his browser speaks it.
  await notice(ben, /Ana.? added .?Cem/).waitFor(PATIENT);
  const spanish = await (await open({ locale: "es-ES", storageState: await ben.context().storageState() })).newPage();
  await spanish.goto(ben.url());
  await notice(spanish, /Ana.? ha añadido a .?Cem.?\./).waitFor(PATIENT);
  await spanish.close();
  await notice(ben, "added").waitFor(PATIENT);
  await ben.getByText("3 members").first().waitFor(PATIENT);
  await inGroup(cem, "Readers");
  await composer(cem).waitFor(PATIENT);
  await say(ana, "welcome Cem");
  await message(cem, "welcome Cem").waitFor(PATIENT);
  await say(cem, "thank you");
  for (const page of [ana, ben]) await message(page, "thank you").waitFor(PATIENT);
  assert.equal(await message(cem, "hello group").count(), 0, "what was written before is not for new members");

  // A power cut at one member in the middle of the talk: nothing is lost and nothing comes twice.
  const two = nodes[1];
  await say(ben, "before the cut");
  await message(ben, "before the cut").locator('[data-state="sent"], [data-state="delivered"]').waitFor(PATIENT);
  for (let n = 1; n <= 6; n++) await say(n % 2 ? ana : cem, `line ${n}`);
  await two.kill();
  for (let n = 7; n <= 10; n++) await say(n % 2 ? ana : cem, `line ${n}`);
  await two.start();
  await ben.goto(`${two.url}${new URL(ben.url()).pathname}`);
  const lines = ["before the cut", ...Array.from({ length: 10 }, (_, n) => `line ${n + 1}`)];
  await message(ben, "line 10").waitFor(PATIENT);
  await say(ben, "back again");
  await Promise.all([ana, cem].map((page) => message(page, "back again").waitFor(PATIENT)));
  for (const page of [ana, ben, cem]) await kept(page, lines);

  // A role, seen by the one who got it.
  await person(ana, "Ben").click();
  await dialog(ana).getByRole("radio", { name: "Moderator" }).check();
  await dialog(ana).getByRole("button", { name: "Close" }).click();
  await person(ana, /Ben.*Moderator/.source).waitFor();
  await details(ben, "People");
  await person(ben, /Ben.*Moderator/.source).waitFor(PATIENT);
  await ben.getByRole("button", { name: "Add people" }).waitFor(PATIENT);

  // Settings: what a member may not change is said, what the owner changes holds.
  await details(cem, "Settings");
  await panel(cem).getByText("Only admins and owners may change the settings.").waitFor();
  assert.ok(await panel(cem).getByRole("switch", { name: "Announcements only" }).isDisabled());
  await details(ana, "Settings");
  await ana.getByLabel("Name", { exact: true }).fill("Readers of the hill");
  await ana.getByRole("button", { name: "Save", exact: true }).first().click();
  for (const page of [ana, ben, cem]) await page.getByRole("heading", { name: "Readers of the hill", level: 1 }).waitFor(PATIENT);
  await panel(ana).getByRole("switch", { name: "Announcements only" }).check();
  await cem.getByText("write here.").waitFor(PATIENT);
  await gone(composer(cem)); // a member does not write while only announcements are allowed
  await composer(ben).waitFor(); // a moderator does
  await panel(ana).getByRole("switch", { name: "Announcements only" }).uncheck();
  await composer(cem).waitFor(PATIENT);
  await panel(ana).getByLabel("Slow mode").selectOption({ label: "1 minute" });
  await closeDetails(cem);
  await cem.getByText(/Slow mode: you can send again in/).waitFor(PATIENT);
  assert.ok(await cem.getByRole("button", { name: "Send", exact: true }).isDisabled());
  await panel(ana).getByLabel("Slow mode").selectOption({ label: "Off" });
  await cem.getByText(/Slow mode: you can send again in/).waitFor({ state: "detached", ...PATIENT });

  // The removed one sees it, cannot write and gets nothing more.
  await details(ana, "People");
  await person(ana, "Cem").click();
  await dialog(ana).getByRole("button", { name: "Remove from the group" }).click();
  await dialog(ana).getByText("the keys change").waitFor();
  await dialog(ana).getByRole("button", { name: "Remove", exact: true }).click();
  await person(ana, "Cem").waitFor({ state: "detached", ...PATIENT });
  await cem.getByText(/^You were removed from/).waitFor(PATIENT);
  await gone(composer(cem)); // a removed member cannot write
  await say(ana, "without Cem");
  await message(ben, "without Cem").waitFor(PATIENT);
  assert.equal(await message(cem, "without Cem").count(), 0, "a removed member gets new messages");
  await cem.getByRole("button", { name: "Delete for me" }).click();
  await dialog(cem).getByRole("button", { name: "Delete for me" }).click();
  await cem.getByRole("link", { name: /Readers of the hill/ }).waitFor({ state: "detached" });

  // Leaving, and handing over.
  await details(ana);
  await ana.getByRole("button", { name: "Leave the group" }).click();
  await dialog(ana).getByRole("button", { name: "Leave", exact: true }).click();
  await dialog(ana).getByText("You are its only owner.").waitFor();
  await dialog(ana).getByRole("button", { name: "Cancel" }).click();
  await ana.getByRole("button", { name: "Transfer ownership" }).click();
  await dialog(ana).getByRole("radio", { name: /Ben/ }).check();
  await dialog(ana).getByText("You give up all you may do as owner.").waitFor();
  await dialog(ana).getByRole("radio", { name: "Stay an owner beside them" }).waitFor();
  await dialog(ana).getByRole("button", { name: /^Transfer to .*and become a member/ }).click();
  await ana.getByRole("button", { name: "Transfer ownership" }).waitFor({ state: "detached", ...PATIENT });
  await ana.getByRole("button", { name: "Leave the group" }).click();
  await dialog(ana).getByRole("button", { name: "Leave", exact: true }).click();
  await ana.getByText(/^You left/).first().waitFor(PATIENT);
  await gone(composer(ana)); // who left cannot write
  await person(ben, "Ana").waitFor({ state: "detached", ...PATIENT });
  await person(ben, /Ben.*Owner/.source).waitFor(PATIENT);
});

story("links lead into a group: at once, with rules, and by asking", 3, async ({ nodes, open }) => {
  const { ana, ben, cem } = await three(nodes, open);
  await makeGroup(ana, "Garden", []);
  await say(ana, "before anybody came");
  await details(ana, "Settings");
  await ana.getByLabel("Rules").fill("Close the gate.");
  await ana.getByRole("button", { name: "Save", exact: true }).first().click();
  await ana.getByText("Saved").first().waitFor();

  const link = await makeLink(ana);
  await paste(ben, link);
  await ben.getByRole("heading", { name: "Join this group?" }).waitFor(PATIENT);
  await ben.getByText("Close the gate.").waitFor();
  await ben.getByRole("button", { name: "Join" }).click();
  await ben.getByText("Accept the rules to go on.").waitFor();
  await ben.getByLabel("I accept the rules").check();
  await ben.getByRole("button", { name: "Join" }).click();
  await ben.getByRole("heading", { name: "Garden", level: 1 }).waitFor(PATIENT);
  await composer(ben).waitFor(PATIENT);
  await say(ben, "through the gate");
  await message(ana, "through the gate").waitFor(PATIENT);

  // The link that asks first; request and answer come while the pages are open.
  const asking = await makeLink(ana, { approval: true });
  await paste(cem, asking);
  await cem.getByLabel("I accept the rules").check(PATIENT);
  await details(ana, "People");
  await person(ana, "Ana").waitFor();
  await cem.getByRole("button", { name: "Ask to join" }).click();
  await cem.getByRole("heading", { name: "You asked to join" }).waitFor(PATIENT);
  await ana.getByRole("button", { name: /^Accept .*Cem/ }).click({ timeout: 30_000 }); // long before the page would look again by itself
  await person(ana, "Cem").waitFor(PATIENT);
  await inGroup(cem, "Garden");
  await composer(cem).waitFor(PATIENT);
  await say(cem, "here now");
  for (const page of [ana, ben]) await message(page, "here now").waitFor(PATIENT);

  // A revoked link opens nothing.
  await details(ana, "Invite links");
  const working = panel(ana).getByRole("button", { name: /^Revoke the link/ });
  await working.first().waitFor();
  const before = await working.count();
  for (let left = before; left > 0; left--) {
    await working.first().click();
    await ana.waitForFunction((count) => document.querySelectorAll(".invites li").length < count, left);
  }
  await paste(ben, link);
  await ben.getByText("This link does not work any more").waitFor(PATIENT);
});

story("a public group is found on its node, and deleted for everybody", 1, async ({ nodes: [one], open }) => {
  const ana = await (await open()).newPage();
  await setUp(ana, one, "Ana");
  await makeGroup(ana, "Town square", []);
  await details(ana, "Settings");
  await panel(ana).getByRole("radio", { name: "Public" }).check();
  await ana.getByText("Saved").first().waitFor();

  await go(ana, "Node");
  await ana.getByRole("link", { name: "Invites" }).click();
  await ana.getByRole("button", { name: "Make an invite" }).click();
  const invite = await ana.getByRole("textbox", { name: "Invite link" }).inputValue();
  const dan = await (await open()).newPage();
  await dan.goto(invite);
  await dan.getByLabel("Your name").fill("Dan");
  await dan.getByLabel("Passphrase", { exact: true }).fill("correct horse battery");
  await dan.getByRole("button", { name: "Make my account" }).click();
  await dan.getByRole("heading", { name: "Add your first contact" }).waitFor();
  await choose(dan, "Find public groups");
  await dan.getByLabel("Search by name").fill("square");
  await dan.getByRole("button", { name: /^Join .*Town square/ }).click();
  await dan.getByRole("button", { name: "Join", exact: true }).click();
  await composer(dan).waitFor(PATIENT);
  await say(dan, "good morning");

  await openChat(ana, "Town square");
  await message(ana, "good morning").waitFor(PATIENT);
  await details(ana);
  await ana.getByRole("button", { name: "Delete for everybody" }).click();
  const sure = dialog(ana).getByRole("button", { name: "Delete for everybody" });
  assert.ok(await sure.isDisabled(), "a group is deleted by one click");
  await dialog(ana).getByLabel("Type its name to go on").fill("Town square");
  await sure.click();
  await dan.getByText(/was deleted for everybody/).first().waitFor(PATIENT);
  await gone(composer(dan)); // nobody writes in what is deleted
});

story("a group is made and run by keyboard alone", 1, async ({ nodes: [one], open }) => {
  const ana = await (await open()).newPage();
  await setUp(ana, one, "Ana");
  const tabTo = async (wanted, most = 25) => {
    for (let stop = 0; stop < most; stop++) {
      if (wanted.test(await focused(ana))) return;
      await ana.keyboard.press("Tab");
    }
    throw new Error(`${wanted} is not reached; the focus is on ${await focused(ana)}`);
  };
  await go(ana, "Chats");
  await ana.getByRole("button", { name: "New chat or group" }).focus();
  await ana.keyboard.press("Enter");
  await hasFocus(ana, /^New group$/, "the menu opens on its first item");
  await ana.keyboard.press("ArrowDown");
  await ana.keyboard.press("Escape");
  await hasFocus(ana, /^New chat or group$/, "Escape gives the focus back");
  await ana.keyboard.press("Enter");
  await hasFocus(ana, /^New group$/, "the menu opens again");
  await ana.keyboard.press("Enter");
  await ana.getByLabel("Name", { exact: true }).waitFor();
  await tabTo(/^Name$/);
  await ana.keyboard.type("Alone");
  await ana.keyboard.press("Enter");
  await composer(ana).waitFor(PATIENT);
  await tabTo(/^Group details$/);
  await ana.keyboard.press("Enter");
  await panel(ana).waitFor();
  await tabTo(/^People/);
  await ana.keyboard.press("Enter");
  await person(ana, "Ana").waitFor();
  await tabTo(/^AAna.*Owner$/);
  await ana.keyboard.press("Enter");
  await dialog(ana).getByText("You own this.").waitFor();
  await ana.keyboard.press("Escape");
  await dialog(ana).waitFor({ state: "detached" });
  await hasFocus(ana, /Ana/, "the dialog gives the focus back");
  await ana.keyboard.press("Escape");
  await panel(ana).getByRole("link", { name: "People" }).waitFor();
  await ana.keyboard.press("Escape");
  await panel(ana).waitFor({ state: "detached" });
  await hasFocus(ana, /^Group details$/, "the panel gives the focus back");
});
