// A journey: nodes of its own and, in the browser that all share, contexts of its own. Everything that its pages complain about fails it.
import assert from "node:assert/strict";
import { shared } from "./browser.mjs";
import { startNodes } from "./nodes.mjs";

export const stories = [];

export function story(name, count, tell, filling) {
  stories.push({ name, run: () => run(count, tell, filling) });
}

async function run(count, tell, filling) {
  const [nodes, browser] = await Promise.all([startNodes(count, filling), shared()]);
  const complaints = [];
  const contexts = [];
  const open = async (options = {}) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", serviceWorkers: "block", ...options });
    contexts.push(context);
    context.setDefaultTimeout(60_000);
    context.on("page", (page) => watch(page, complaints));
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    return context;
  };
  try {
    await tell({ nodes, open });
  } catch (error) {
    nodes.forEach((node, i) => console.log(`--- the log of node ${i + 1} ends with\n${node.log()}`));
    throw error;
  } finally {
    await Promise.all(contexts.map((context) => context.close()));
    await Promise.all(nodes.map((node) => node.stop()));
  }
  assert.deepEqual(complaints, [], "the browser complained");
}

// A refused log-in, a node that is down and a page before log-in make the
// browser note a failed request; all else is a fault.
const EXPECTED = /Failed to load resource|WebSocket connection to|net::ERR_/;

function watch(page, complaints) {
  page.on("pageerror", (error) => complaints.push(String(error.stack)));
  page.on("console", (message) => {
    if (message.type() === "error" && !EXPECTED.test(message.text())) complaints.push(message.text());
  });
}

// withClipboard lets one journey at a time use the clipboard: the browser has one.
let clipboard = Promise.resolve();
export function withClipboard(use) {
  const used = clipboard.then(use);
  clipboard = used.catch(() => {});
  return used;
}
