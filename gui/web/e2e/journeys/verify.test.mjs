// Two people on two nodes compare their safety number: one by the digits, one by a picture of the other's code. A number that
// is another later keeps from writing until the person decides.
import assert from "node:assert/strict";
import { composer, couple, message, say, story } from "../people.mjs";

const panel = (page) => page.getByRole("complementary");

async function safety(page, name) {
  await page.getByRole("button", { name: "Contact details" }).click();
  await panel(page).getByRole("link", { name: "Safety number" }).click();
  const digits = panel(page).getByRole("list", { name: "Safety number" });
  await digits.waitFor();
  await panel(page).getByText("Not verified yet").waitFor();
  await panel(page).getByRole("img", { name: new RegExp(`^Your code, for .${name}. to scan$`) }).waitFor();
  return (await digits.getByRole("listitem").allTextContents()).join(" ");
}

story("two people verify one another and notice a change", 2, async ({ nodes: [one, two], open }) => {
  const [ana, ben] = await couple(open, one, two);
  await say(ana, "hello");
  await message(ben, "hello").waitFor();
  const number = await safety(ana, "Ben");
  assert.match(number, /^\d{5}( \d{5}){11}$/);
  assert.equal(await safety(ben, "Ana"), number, "both see one number");

  await panel(ana).getByRole("button", { name: "They match", exact: true }).click();
  await panel(ana).getByText("You compared this number on").waitFor();
  await ana.getByRole("link", { name: /^Verified: you compared safety numbers with .Ben.$/ }).waitFor();

  const picture = await panel(ben).locator(".qr").screenshot();
  await panel(ben).locator("input[type=file]").setInputFiles({ name: "own.png", mimeType: "image/png", buffer: picture });
  await panel(ben).getByText("This code is of other keys than your node knows.").waitFor();
  const theirs = await panel(ana).locator(".qr").screenshot();
  await panel(ben).locator("input[type=file]").setInputFiles({ name: "theirs.png", mimeType: "image/png", buffer: theirs });
  await ben.getByRole("link", { name: /^Verified: you compared safety numbers with .Ana.$/ }).waitFor();

  await ana.route("**/api/v1/verifications", async (route) => {
    const answer = await route.fetch();
    const { items } = await answer.json();
    await route.fulfill({ response: answer, json: { items: items.map((item) => ({ ...item, state: "changed" })) } });
  });
  await ana.reload();
  await ana.getByText(/Ben.’s safety number changed since you compared it/).waitFor();
  assert.equal(await composer(ana).count(), 0, "there is nothing to write in");
  await ana.getByRole("button", { name: "Send anyway" }).click();
  await composer(ana).waitFor();
  await say(ana, "still here");
  await message(ben, "still here").waitFor();
});
