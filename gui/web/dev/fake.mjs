// A stand-in for two nodes, for work on the page without the real thing. It
// keeps everything in memory, encrypts nothing and is no part of the product:
// only `npm run fake` starts it. The real node is the judge of what is right.
//
//   npm run build && npm run fake            two nodes on ports 8421 and 8422
//   npm run fake -- --filled                 with people and messages in them
import { createServer } from "node:http";
import { World } from "./world.mjs";
import { serve } from "./api.mjs";
import { fill } from "./sample.mjs";

const world = new World();
const ports = [8421, 8422];
for (const port of ports) {
  const node = world.addNode(`127.0.0.1:${port}`);
  const server = createServer();
  serve(server, world, node);
  server.listen(port, "127.0.0.1", () => {
    console.log(`node on http://127.0.0.1:${port}/  set-up: http://127.0.0.1:${port}/setup#claim=${node.claim}`);
  });
}
if (process.argv.includes("--filled")) {
  fill(world);
  console.log("log in as ana, passphrase: correct horse");
}
