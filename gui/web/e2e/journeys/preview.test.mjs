// Previews of links: asked for once, made by the node of whoever writes, read without asking anybody.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { LOOKS, axe, check } from "../looks.mjs";
import { composer, couple, go, gone, openChat, say, story } from "../people.mjs";

const PICTURE = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const card = (page) => page.getByRole("article").last().getByRole("link", { name: /The day/ });

story("a link is sent with a preview that only the sender's node looked for", 2, async ({ nodes: [one, two], open }) => {
  const [ana, ben] = await couple(open, one, two);

  // Nobody is asked before there is a link, and nothing is looked for before the answer.
  let looks = 0;
  await ana.route("**/api/v1/previews", (route) => {
    looks++;
    const { url } = route.request().postDataJSON();
    return route.fulfill({ json: { url, title: "The day", description: "All of it", site: "News", image: PICTURE } });
  });
  await composer(ana).fill("see https://news.example/day now");
  const question = ana.getByRole("group", { name: "Show a preview of links that you send?" });
  await question.waitFor();
  assert.equal(looks, 0);
  await ana.evaluate(axe);
  await check(ana, "the question");
  await question.getByRole("button", { name: "Show previews" }).click();
  const draft = ana.getByRole("group", { name: "This preview goes with your message" });
  await draft.getByText("The day").waitFor();
  assert.equal(looks, 1);
  await composer(ana).press("Enter");
  await gone(draft);
  await card(ana).waitFor();

  // The other reads it, with the picture, and asks nobody for it.
  const asked = [];
  ben.on("request", (request) => asked.push(request.url()));
  await card(ben).waitFor();
  assert.match(await card(ben).locator("img").getAttribute("src"), /^blob:/);
  await ben.waitForFunction(() => document.querySelector(".preview-picture")?.naturalWidth === 1);
  assert.deepEqual(asked.filter((url) => !url.startsWith(two.url) && !url.startsWith("blob:")), []);
  assert.deepEqual([await card(ben).getAttribute("href"), await card(ben).getAttribute("rel")], ["https://news.example/day", "noopener noreferrer"]);
  await ben.evaluate(axe);
  for (const { name, ...media } of LOOKS.slice(0, 2)) {
    await ben.emulateMedia(media);
    await check(ben, `a preview, ${name}`);
    if (process.env.CONCLAVE_SHOTS) await ben.screenshot({ path: `e2e/out/preview-${name}.png` });
  }

  // One that is taken away is not sent.
  await composer(ana).fill("again https://news.example/other");
  await draft.getByText("The day").waitFor();
  await draft.getByRole("button", { name: "Send without the preview" }).click();
  await gone(draft);
  await composer(ana).press("Enter");
  await ben.getByRole("article").last().getByText("again").waitFor();
  assert.equal(await card(ben).count(), 0);

  // The node itself, asked for a page of its own network, asks nobody and tells nothing.
  await ana.unroute("**/api/v1/previews");
  let reached = 0;
  const inner = createServer((_, answer) => {
    reached++;
    answer.setHeader("Content-Type", "text/html");
    answer.end("<title>secret</title>");
  });
  await new Promise((ready) => inner.listen(0, "127.0.0.1", ready));
  const { port } = inner.address();
  const answers = await ana.evaluate(
    async (urls) => {
      const ask = (url) => fetch("/api/v1/previews", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ url }) });
      const all = [];
      for (const url of urls) all.push(await (await ask(url)).json());
      return all.map(({ code, detail }) => `${code}: ${detail}`);
    },
    [`http://127.0.0.1:${port}/`, `http://localhost:${port}/`, "http://[::1]/", "http://169.254.169.254/latest/meta-data/", one.url],
  );
  inner.close();
  assert.deepEqual(new Set(answers), new Set(["no_preview: There is no preview of this address."]));
  assert.equal(reached, 0, "the node asked a page of its own network");

  // Off, for the person and for the node.
  await go(ana, "Settings");
  await ana.getByRole("link", { name: "Link previews" }).click();
  const mine = ana.getByRole("switch", { name: "Previews of links that I send" });
  await mine.uncheck();
  await check(ana, "settings of previews");
  await openChat(ana, "Ben");
  await say(ana, "plain https://news.example/third");
  await ben.getByRole("article").last().getByText("plain").waitFor();
  assert.equal(await card(ben).count(), 0);
  await go(ana, "Settings");
  await ana.getByRole("link", { name: "Link previews" }).click();
  await ana.getByRole("switch", { name: "Allow previews on this node" }).uncheck();
  await ana.getByText("The owner of this node does not allow previews.").waitFor();
});
