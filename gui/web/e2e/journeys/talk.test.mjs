// Two people on two nodes: set-up, contact by link, a talk both ways with the
// states of delivery, and a node that dies in the middle of it.
import assert from "node:assert/strict";
import { befriend, composer, couple, message, myLink, openChat, reaches, say, setUp, story, texts } from "../people.mjs";

story("two people set up their nodes and talk, both pages in one browser", 2, async ({ nodes: [one, two], open }) => {
  const browser = await open();
  const ana = await browser.newPage();
  const ben = await browser.newPage();
  await setUp(ana, one, "Ana Roth");
  await setUp(ben, two, "Ben");
  assert.equal(new URL(ana.url()).hash, "", "the set-up secret stays in the address bar");

  await befriend(ben, await myLink(ana), "Ana Roth");
  await openChat(ana, "Ben");

  await say(ana, "  hello\n\tBen  ");
  await message(ben, "  hello\n\tBen  ").waitFor();
  await ben.bringToFront();
  await reaches(ana, "  hello\n\tBen  ", "read");

  const exact = ["e\u0301 \u{1F468}\u200D\u{1F469}\u200D\u{1F467}", "<script>alert(1)</script>", "שלום, world", "x".repeat(400)];
  for (const text of exact) await say(ben, text);
  for (const text of exact) await message(ana, text).waitFor();
  assert.deepEqual((await texts(ana)).slice(-4), exact);

  await ana.bringToFront();
  await reaches(ben, exact[0], "read");
  await ana.getByRole("navigation", { name: "Main" }).getByText("unread message").waitFor({ state: "detached" });
});

const box = (locator) => locator.evaluate((element) => element.getBoundingClientRect().toJSON());

story("a node is killed in the middle of a talk and nothing is lost", 2, async ({ nodes: [one, two], open }) => {
  const [ana, ben] = await couple(open, one, two);
  await say(ana, "before");
  await message(ben, "before").waitFor();

  await two.kill();
  for (const text of ["while away 1", "while away 2", "while away 3"]) await say(ana, text);
  await message(ana, "while away 3").waitFor();

  await ben.getByText("Your node does not answer").first().waitFor();
  await say(ben, "from the browser");
  await reaches(ben, "from the browser", "queued");
  await ben.goto("about:blank"); // the page is gone too: only the browser's storage holds the text

  await two.start();
  await ben.goto(two.url);
  await openChat(ben, "Ana");
  for (const text of ["while away 1", "while away 2", "while away 3"]) await message(ben, text).waitFor();
  await message(ana, "from the browser").waitFor();
  await reaches(ana, "while away 3", "read");

  // A node whose disk is full says so; what is written waits, and goes out when there is room.
  const full = { status: 503, contentType: "application/problem+json", headers: { "Retry-After": "1" }, body: JSON.stringify({ status: 503, title: "Service Unavailable", code: "disk_full" }) };
  await ben.route("**/messages", (route) => (route.request().method() === "POST" ? route.fulfill(full) : route.continue()));
  await say(ben, "after");
  const bar = ben.getByText("Your node’s disk is full.");
  await bar.waitFor();
  await ben.getByRole("button", { name: "Contact details" }).click();
  for (const [name, viewport] of Object.entries({ desk: { width: 1280, height: 800 }, tablet: { width: 800, height: 700 }, phone: { width: 390, height: 844 } })) {
    await ben.setViewportSize(viewport);
    const { bottom } = await box(bar);
    for (const head of await ben.locator(".pane-head:visible").all()) assert.ok((await box(head)).top >= bottom, `${name}: the bar lies over a head`);
    assert.ok((await box(composer(ben))).bottom <= viewport.height, `${name}: the composer is below the window`);
    if (process.env.CONCLAVE_SHOTS) await ben.screenshot({ path: `${process.env.CONCLAVE_SHOTS}/full-${name}.png` });
  }
  await ben.setViewportSize({ width: 1280, height: 800 });
  await ben.unroute("**/messages");
  await message(ana, "after").waitFor();
  await bar.waitFor({ state: "detached" });
  const said = ["before", "while away 1", "while away 2", "while away 3", "from the browser", "after"];
  assert.deepEqual((await texts(ana)).sort(), [...said].sort(), "on the one side");
  assert.deepEqual((await texts(ben)).sort(), [...said].sort(), "on the other side");
  assert.equal(await composer(ana).inputValue(), "");
});
