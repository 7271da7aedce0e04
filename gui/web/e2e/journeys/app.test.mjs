// The page as an app of its own: it can be installed, opens without its node, takes a new version when the person says so, and
// leaves nothing behind.
import assert from "node:assert/strict";
import { createServer, request as ask } from "node:http";
import { connect } from "node:net";
import { setUp, story } from "../people.mjs";

// door stands before a node and serves the worker of a newer page once `newer` is set.
async function door(node) {
  const at = new URL(node.url);
  const self = { newer: false };
  const server = createServer((incoming, answer) => {
    const through = ask({ host: at.hostname, port: at.port, path: incoming.url, method: incoming.method, headers: incoming.headers }, (from) => {
      const worker = incoming.url === "/sw.js" && self.newer;
      const { "content-length": length, "content-encoding": coding, etag, ...headers } = from.headers;
      answer.writeHead(from.statusCode, worker ? headers : from.headers);
      if (!worker) return from.pipe(answer);
      let body = "";
      from.setEncoding("utf8").on("data", (part) => (body += part));
      from.on("end", () => answer.end(body.replace(/version:\s*"|"version":\s*"/, "$&newer")));
    });
    if (incoming.url === "/sw.js") {
      through.removeHeader("accept-encoding");
      through.removeHeader("if-none-match");
    }
    through.on("error", () => answer.destroy());
    incoming.pipe(through);
  });
  server.on("upgrade", (incoming, socket, head) => {
    const through = connect(Number(at.port), at.hostname, () => {
      through.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n`);
      for (let i = 0; i < incoming.rawHeaders.length; i += 2) through.write(`${incoming.rawHeaders[i]}: ${incoming.rawHeaders[i + 1]}\r\n`);
      through.write("\r\n");
      through.write(head);
      socket.pipe(through).pipe(socket);
    });
    for (const [one, other] of [[socket, through], [through, socket]]) one.on("error", () => other.destroy()).on("close", () => other.destroy());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(self, {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  });
}

const kept = (page) =>
  page.evaluate(async () => {
    const names = await caches.keys();
    const files = await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map((one) => new URL(one.url).pathname)));
    return { names, files: files.flat() };
  });

story("the page is an app: without its node, in a new version, and gone after log-out", 1, async ({ nodes: [node], open }) => {
  const front = await door(node);
  try {
    await asApp(node, front, await open({ serviceWorkers: "allow" }));
  } finally {
    await front.close();
  }
});

async function asApp(node, front, context) {
  const page = await context.newPage();
  await setUp(page, { url: front.url, setupToken: node.setupToken }, "Ana");
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);

  const client = await context.newCDPSession(page);
  const manifest = await client.send("Page.getAppManifest");
  assert.deepEqual(manifest.errors, [], "the manifest is right");
  const { installabilityErrors } = await client.send("Page.getInstallabilityErrors");
  assert.deepEqual(installabilityErrors.map((one) => one.errorId).filter((id) => id !== "in-incognito"), [], "it can be installed");

  const before = await kept(page);
  assert.ok(before.files.includes("/"), "the frame is kept");
  assert.deepEqual(before.files.filter((path) => !/^\/($|assets\/|mark\.svg$|theme\.js$|app\.webmanifest$)/.test(path)), [], "nothing else is");

  await node.kill();
  await page.goto(`${front.url}/contacts`);
  await page.getByRole("heading", { name: "Your node does not answer" }).waitFor();
  await node.start();
  await page.getByRole("heading", { name: "Add your first contact" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Reload" }).count(), 0, "the same version is no news");

  front.newer = true;
  await node.kill();
  await node.start();
  await page.getByRole("button", { name: "Reload" }).waitFor();
  await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Reload" }).click()]);
  await page.getByRole("heading", { name: "Add your first contact" }).waitFor();
  const after = await kept(page);
  assert.equal(after.names.length, 1, "the old version is gone");
  assert.notDeepEqual(after.names, before.names);

  await page.evaluate(() => localStorage.setItem("conclave.look", "{}"));
  await page.goto(`${front.url}/settings/account`);
  await page.getByRole("button", { name: "Log out of this browser" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Log out", exact: true }).click();
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  await page.waitForFunction(async () => {
    const [names, bases, workers] = await Promise.all([caches.keys(), indexedDB.databases(), navigator.serviceWorker.getRegistrations()]);
    return names.length + bases.length + workers.length + localStorage.length + sessionStorage.length === 0;
  });
}
