// Who read a message is told to its author, one by one in a group; what one
// page of an account read is read on its other page too.
import { couple, go, logIn, message, say, story } from "../people.mjs";
import { dialog, inGroup, makeGroup } from "../groups.mjs";

story("an author sees who read a message, and both pages of a reader agree", 2, async ({ nodes: [one, two], open }) => {
  const [ana, ben] = await couple(open, one, two);
  await say(ana, "hello");
  await message(ben, "hello").waitFor();

  const other = await (await open()).newPage(); // Ben's second page stays at the list
  await logIn(other, two, "ben");
  await go(other, "Chats");
  await makeGroup(ana, "Kitchen", ["Ben"]);
  await say(ana, "who is there?");
  const unread = other.getByRole("navigation", { name: "Main" }).getByText("unread message");
  await unread.waitFor({ state: "attached" });

  await inGroup(ben, "Kitchen");
  await ben.bringToFront();
  await message(ben, "who is there?").waitFor();
  await unread.waitFor({ state: "detached" });

  const row = message(ana, "who is there?");
  await row.getByText("Read by all").waitFor();
  await row.focus();
  await ana.keyboard.press("i");
  await dialog(ana).getByRole("heading", { name: /^Read/ }).waitFor();
  await dialog(ana).getByText("Ben").waitFor();
});
