// A group of a thousand: the page stays small, everybody can be reached and
// found. The people come from the test, the rest from the node.
import assert from "node:assert/strict";
import { details, dialog, makeGroup, people, person } from "../groups.mjs";
import { composer, setUp, story } from "../people.mjs";

const ALL = 1000;
const NAMELESS = 20; // at the end: their names have not come yet
const MOST_ROWS = 80;

const everybody = Array.from({ length: ALL }, (_, n) => {
  const account = `account${String(n).padStart(4, "0")}`.padEnd(43, "x");
  const nameless = n >= ALL - NAMELESS;
  return { account, name: nameless ? account.slice(0, 12) : `Person ${String(n).padStart(4, "0")}`, role: n === 0 ? "owner" : "member", local: n % 2 === 0, connected: n % 3 > 0 };
});

async function inject(page) {
  await page.route(/\/api\/v1\/conversations(\?.*)?$/, async (route) => {
    if (route.request().method() !== "GET") return route.continue();
    const response = await route.fetch();
    const list = await response.json();
    for (const one of list.items) if (one.group) one.group.members = ALL;
    await route.fulfill({ response, json: list });
  });
  await page.route(/\/api\/v1\/conversations\/[^/]+\/members(\?.*)?$/, (route) => {
    const query = new URL(route.request().url()).searchParams;
    const found = everybody.filter(({ name }) => name.toLowerCase().includes((query.get("query") ?? "").toLowerCase()));
    const from = Number(query.get("before") ?? 0);
    const end = from + Number(query.get("limit") ?? 50);
    return route.fulfill({ json: { items: found.slice(from, end), ...(end < found.length ? { next: String(end) } : {}) } });
  });
}

story("the people of a group of a thousand are listed, reached and found", 1, async ({ nodes: [one], open }) => {
  const ana = await (await open()).newPage();
  await setUp(ana, one, "Ana");
  await makeGroup(ana, "Valley", []);
  await inject(ana);
  await ana.reload();
  await composer(ana).waitFor();
  await details(ana, "People");
  await person(ana, "Person 0000").waitFor();
  const rows = () => people(ana).getByRole("listitem").count();
  assert.ok((await rows()) < MOST_ROWS, `got ${await rows()} rows drawn, want fewer than ${MOST_ROWS}`);

  // To the end, page by page; the last have no name yet and say so.
  const last = everybody.at(-1).name;
  const scroll = () => people(ana).evaluate((list) => list.parentElement.scrollTo(0, list.parentElement.scrollHeight));
  for (let left = 40; left > 0 && !(await person(ana, last).count()); left--) {
    const before = await people(ana).evaluate((list) => list.parentElement.scrollHeight);
    await scroll();
    await ana.waitForFunction((height) => {
      const list = document.querySelector(".member-list");
      return list.scrollHeight > height || list.scrollTop + list.clientHeight >= list.scrollHeight - 2;
    }, before);
  }
  await person(ana, last).getByText("Name not here yet").waitFor();
  assert.ok((await rows()) < MOST_ROWS, `at the end got ${await rows()} rows drawn, want fewer than ${MOST_ROWS}`);

  // By name.
  await ana.getByRole("searchbox", { name: "Search people" }).fill("person 0777");
  await person(ana, "Person 0776").waitFor({ state: "detached" });
  await person(ana, "Person 0777").click();
  await dialog(ana).getByRole("heading", { name: "Person 0777" }).waitFor();
  await ana.keyboard.press("Escape");
  await ana.getByRole("searchbox", { name: "Search people" }).fill("nobody at all");
  await ana.getByText("Nobody by that name.").waitFor();
});
