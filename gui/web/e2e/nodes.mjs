// Starts nodes for a journey: real ones, each with a data folder of its own,
// that can be killed without warning and started again where they were.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const binary = process.env.CONCLAVE_BIN ?? new URL("../../../bin/conclave", import.meta.url).pathname;
const START_TIME = 30_000;
const LAST_LINES = 60;

export const fake = binary === "fake";

// startNodes gives that many nodes: {url, setupToken, log(), kill(), start(), stop()}.
export async function startNodes(count) {
  if (fake) return (await import("../dev/standin.mjs")).standIns(count);
  if (!existsSync(binary)) throw new Error(`no node to test: ${binary} is not there (make build, or set CONCLAVE_BIN)`);
  const nodes = Array.from({ length: count }, () => new RealNode());
  await Promise.all(nodes.map((node) => node.start()));
  return nodes;
}

class RealNode {
  #folder = mkdtempSync(path.join(tmpdir(), "conclave-e2e-"));
  #child;
  #log = "";
  #http = "127.0.0.1:0";
  #listen = ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"];

  // start runs the node; after the first time on the same addresses.
  async start() {
    const ready = path.join(this.#folder, "ready.json");
    rmSync(ready, { force: true });
    const args = ["run", "--data", path.join(this.#folder, "data"), "--http", this.#http, "--admin", "127.0.0.1:0", "--limits", "off", "--ready-file", ready];
    for (const address of this.#listen) args.push("--listen", address);
    this.#child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.on("data", (part) => (this.#log += part));
    const { http, addresses, setup_token } = await this.#ready(ready);
    this.#http = http.replace(/^https?:\/\//, "");
    this.url = `http://${this.#http}`;
    this.setupToken = setup_token ?? this.setupToken;
    this.#listen = addresses.map((address) => address.replace(/\/p2p\/.*$/, "")).filter((address) => address.startsWith("/ip4/127.0.0.1/"));
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
