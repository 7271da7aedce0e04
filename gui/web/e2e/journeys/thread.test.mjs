// A thread beside the conversation: opened by a key, answered on both sides, unread, followed, found in the list and closed by Back.
import assert from "node:assert/strict";
import { LOOKS, axe, check } from "../looks.mjs";
import { PATIENT } from "../groups.mjs";
import { composer, couple, go, gone, hasFocus, message, say, story } from "../people.mjs";

const panel = (page) => page.getByRole("complementary", { name: "Thread" });
const answer = (page) => panel(page).getByRole("textbox", { name: "Message in the thread" });
const inMain = (page, text) => page.getByRole("main").getByRole("article").filter({ hasText: text });
const rollUp = (page) => page.getByRole("main").getByRole("button", { name: /^Open the thread/ });

story("a thread is answered beside the conversation and found again", 2, async ({ nodes: [one, two], open }) => {
  const [ana, ben] = await couple(open, one, two);
  await say(ana, "lunch?");
  await message(ben, "lunch?").waitFor(PATIENT);

  // With the keyboard alone.
  await composer(ben).press("Shift+ArrowUp");
  await hasFocus(ben, /lunch\?/);
  await ben.keyboard.press("t");
  await answer(ben).waitFor();
  await panel(ben).getByText("Nothing was said in this thread yet.").waitFor();
  await answer(ben).fill("soup");
  await answer(ben).press("Enter");
  await panel(ben).getByRole("article").filter({ hasText: "soup" }).locator('[data-state="delivered"]').waitFor(PATIENT);
  assert.equal(await inMain(ben, "soup").count(), 0, "what is said in a thread stands in the conversation");

  await rollUp(ana).filter({ hasText: "1 reply" }).filter({ hasText: "1 new" }).waitFor(PATIENT);
  await ana.getByRole("link", { name: "Threads" }).getByText("1 thread with something new").waitFor();
  await go(ana, "Threads");
  const card = ana.getByRole("list", { name: "Threads you follow" }).getByRole("button", { name: /lunch\?/ });
  await card.filter({ hasText: "soup" }).waitFor();
  await card.click();
  await panel(ana).getByRole("article").filter({ hasText: "soup" }).waitFor();
  await gone(rollUp(ana).filter({ hasText: "1 new" }));
  await answer(ana).fill("at noon");
  await answer(ana).press("Enter");
  await panel(ben).getByRole("article").filter({ hasText: "at noon" }).waitFor(PATIENT);
  await panel(ana).getByRole("button", { name: "Following" }).click();
  await panel(ana).getByRole("button", { name: "Follow", exact: true }).waitFor();

  const storageState = await ana.context().storageState();
  for (const { contrast, ...look } of LOOKS.filter(({ name }) => name === "phone" || process.env.CONCLAVE_NIGHTLY || process.env.CONCLAVE_SHOTS)) {
    const context = await open({ storageState, ...look });
    await context.addInitScript((kept) => location.origin !== "null" && localStorage.setItem("conclave.look", kept), JSON.stringify({ contrast: contrast ?? "normal" }));
    const page = await context.newPage();
    await page.goto(ana.url());
    await panel(page).getByRole("article").filter({ hasText: "at noon" }).waitFor();
    await page.evaluate(axe);
    await check(page, `thread, ${look.name}`);
    await shot(page, `thread-${look.name}`);
    await context.close();
  }

  // The thread's composer can do what the other can, and what is chosen in one is not in the other.
  await panel(ana).getByRole("button", { name: /^Priority/ }).click();
  await ana.getByRole("menuitemcheckbox", { name: "Important" }).click();
  await answer(ana).fill("dessert?");
  await panel(ana).getByRole("button", { name: "Send later" }).click();
  await ana.getByRole("menuitem", { name: /^Tomorrow morning/ }).click();
  await panel(ana).getByText("1 message is scheduled in this thread.").waitFor();
  await gone(panel(ana).getByText(/^The next message/));
  assert.equal(await ana.getByRole("main").getByText(/scheduled in this chat/).count(), 0, "it is said to be of the conversation");
  await answer(ana).fill("and bread");
  await panel(ana).getByRole("button", { name: /^Priority/ }).click();
  await ana.getByRole("menuitemcheckbox", { name: "Important" }).click();
  await shot(ana, "thread-composer");
  await answer(ana).press("Enter");
  await panel(ben).getByRole("article").filter({ hasText: "and bread" }).getByText("Important").waitFor(PATIENT);

  // A deleted answer stays as a tombstone on both sides, also for a page that was loaded later, and counts no more.
  await panel(ana).getByRole("article").filter({ hasText: "and bread" }).focus();
  await ana.keyboard.press("Delete");
  await ana.getByRole("dialog").getByRole("button", { name: "Delete for everyone" }).click();
  await panel(ana).getByRole("article").filter({ hasText: "You deleted this message." }).waitFor();
  await panel(ben).getByRole("article").filter({ hasText: /deleted this message|message was deleted/ }).waitFor(PATIENT);
  await ben.reload();
  await panel(ben).getByRole("article").filter({ hasText: /deleted this message|message was deleted/ }).waitFor(PATIENT);
  await rollUp(ben).filter({ hasText: "2 replies" }).waitFor();
  assert.equal(await panel(ben).getByText("and bread").count(), 0, "the text of a deleted answer is still there");

  // What is written and not sent stays; Back closes the panel.
  await answer(ana).fill("not yet");
  await ana.goBack();
  await gone(panel(ana));
  await go(ana, "Chats");
  await rollUp(ana).click();
  await answer(ana).waitFor();
  assert.equal(await answer(ana).inputValue(), "not yet");
  await shot(ana, "thread-main");
});

const shot = (page, name) => (process.env.CONCLAVE_SHOTS ? page.screenshot({ path: `${process.env.CONCLAVE_SHOTS}/${name}.png` }) : undefined);
