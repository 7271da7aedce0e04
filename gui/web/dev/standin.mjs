// The fake nodes with the face that the journeys expect of real ones.
import { createServer } from "node:http";
import { serve } from "./api.mjs";
import { World } from "./world.mjs";

export async function standIns(count, world = new World()) {
  return Promise.all(Array.from({ length: count }, () => standIn(world)));
}

async function standIn(world) {
  const node = world.addNode("");
  let server;
  const listen = (port) =>
    new Promise((resolve) => {
      server = createServer();
      serve(server, world, node);
      server.listen(port, "127.0.0.1", () => resolve(server.address().port));
    });
  const port = await listen(0);
  node.host = `127.0.0.1:${port}`;
  const kill = async () => {
    Object.assign(node, { up: false, lastSeen: new Date().toISOString() });
    for (const account of world.accounts.values()) if (account.node === node) for (const socket of account.sockets) socket.terminate();
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  };
  const start = async () => {
    await listen(port);
    node.up = true;
    for (const account of world.accounts.values()) {
      if (account.node === node) world.flush(account);
      for (const [acct] of account.contacts) world.emit(account, "contact", world.contact(account, world.accounts.get(acct)));
    }
  };
  return { url: `http://${node.host}`, setupToken: node.claim, kill, start, stop: kill };
}
