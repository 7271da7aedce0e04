// Two people on two nodes see who writes and who is there, and what one of
// them hides the other does not see.
import { composer, couple, go, gone, message, openChat, say, story } from "../people.mjs";

const head = (page, text) => page.locator(".pane-head-text").getByText(text);

async function settings(page, name) {
  await go(page, "Settings");
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
}

story("who writes and who is there is seen on the other node", 2, async ({ nodes: [one, two], open }) => {
  const [ana, ben] = await couple(open, one, two);
  await say(ana, "hello");
  await message(ben, "hello").waitFor();
  await head(ben, "Online").waitFor();
  await head(ana, "Online").waitFor();

  await composer(ben).pressSequentially("I am writing something long", { delay: 120 });
  await head(ana, "Writing…").waitFor();
  await composer(ben).press("Enter");
  await message(ana, "I am writing something long").waitFor();
  await head(ana, "Online").waitFor();

  await settings(ana, "Status");
  await ana.getByLabel("Emoji").fill("📅");
  await ana.getByLabel("Status", { exact: true }).fill("In a meeting");
  await ana.getByRole("button", { name: "Set status" }).click();
  await head(ben, /Online.*In a meeting/).waitFor();

  await settings(ana, "Privacy");
  await ana.getByText("Strict", { exact: true }).click();
  await head(ben, "Offline").waitFor();
  await openChat(ana, "Ben");
  await gone(head(ana, "Online"));
  await composer(ana).pressSequentially("unseen", { delay: 30 });
  await composer(ana).press("Enter");
  await message(ben, "unseen").waitFor();
  await head(ben, "Offline").waitFor();
});
