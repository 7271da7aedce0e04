// Starts nodes for a journey: real ones, each with a data folder of its own,
// that can be killed without warning and started again where they were.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const binary = process.env.CONCLAVE_BIN ?? new URL("../../../bin/conclave", import.meta.url).pathname;
const filler = process.env.CONCLAVE_FILL ?? new URL("../../../bin/fill", import.meta.url).pathname;
const START_TIME = 60_000;
const LAST_LINES = 60;

export const fake = binary === "fake";

// startNodes gives that many nodes: {url, setupToken, log(), kill(), start(), stop()}. With a filling the first of them holds a
// group of so many messages and people; its `filled` says how to log in.
export async function startNodes(count, filling) {
  if (fake) return (await import("../dev/standin.mjs")).standIns(count);
  if (!existsSync(binary)) throw new Error(`no node to test: ${binary} is not there (make build, or set CONCLAVE_BIN)`);
  const nodes = Array.from({ length: count }, () => new RealNode());
  if (filling) await nodes[0].fill(filling);
  await Promise.all(nodes.map((node) => node.start()));
  return nodes;
}

// Ports that systems neither choose by themselves for a listener nor for a connection to somewhere else.
const [FIRST_PORT, LAST_PORT] = [10_000, 16_000];

const REFUSED = 10080; // browsers go to no page there

const listenAt = (port) =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });

const closed = (server) => new Promise((resolve) => server.close(resolve));

// reserve gives a port that a node may come back at, until release: the next one is held meanwhile, as the tests in Go do.
async function reserve() {
  for (let left = 1000; ; left--) {
    const port = FIRST_PORT + 2 * Math.floor((Math.random() * (LAST_PORT - FIRST_PORT)) / 2);
    if (port === REFUSED) continue;
    let next;
    try {
      next = await listenAt(port + 1);
      await closed(await listenAt(port));
      return { port, release: () => closed(next) };
    } catch (error) {
      if (next) await closed(next);
      if (left === 0 || error.code !== "EADDRINUSE") throw error;
    }
  }
}

class RealNode {
  #folder = mkdtempSync(path.join(tmpdir(), "conclave-e2e-"));
  #child;
  #log = "";
  #ports;

  // fill makes the data folder with one large group in it, before the first start.
  async fill({ messages, authors, corpus = "" }) {
    const args = ["-data", path.join(this.#folder, "data"), "-messages", String(messages), "-authors", String(authors), "-corpus", corpus];
    const child = spawn(filler, args, { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.on("data", (part) => (out += part));
    const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
    if (code !== 0) throw new Error(`the node could not be filled: ${filler} ended with ${code}`);
    this.filled = JSON.parse(out);
  }

  // start runs the node; after the first time on the same addresses.
  async start() {
    this.#ports ??= await Promise.all([reserve(), reserve()]);
    const [http, peers] = this.#ports.map(({ port }) => port);
    this.url = `http://127.0.0.1:${http}`;
    const ready = path.join(this.#folder, "ready.json");
    rmSync(ready, { force: true });
    const args = ["run", "--data", path.join(this.#folder, "data"), "--http", `127.0.0.1:${http}`, "--admin", "127.0.0.1:0", "--limits", "off", "--ready-file", ready];
    args.push("--listen", `/ip4/127.0.0.1/tcp/${peers}`, "--listen", `/ip4/127.0.0.1/udp/${peers}/quic-v1`);
    args.push("--group-listen", "/ip4/127.0.0.1/tcp/0", "--group-listen", "/ip4/127.0.0.1/udp/0/quic-v1");
    this.#child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.on("data", (part) => (this.#log += part));
    const { setup_token } = await this.#ready(ready);
    this.setupToken = setup_token ?? this.setupToken;
  }

  async #ready(file) {
    const end = Date.now() + START_TIME;
    while (Date.now() < end) {
      if (existsSync(file)) {
        try {
          return JSON.parse(readFileSync(file, "utf8"));
        } catch {
          // It is being written.
        }
      }
      if (this.#child.exitCode !== null) break;
      await wait(25);
    }
    throw new Error(`the node did not start:\n${this.#log}`);
  }

  // log gives the newest lines that the node wrote, over all its starts. It never holds what people write.
  log() {
    return this.#log.trimEnd().split("\n").slice(-LAST_LINES).join("\n");
  }

  // kill ends the node as a power cut does.
  kill() {
    return this.#end("SIGKILL");
  }

  async stop() {
    await this.#end("SIGTERM");
    await Promise.all((this.#ports ?? []).map(({ release }) => release()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #end(signal) {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  }
}
