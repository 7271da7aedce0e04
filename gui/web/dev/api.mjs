// The fake's HTTP and WebSocket side.
import { readFileSync, existsSync } from "node:fs";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { WebSocketServer } from "ws";
import { groupRoutes } from "./groupapi.mjs";
import { csp, kinds } from "./policy.mjs";
import { Refusal } from "./world.mjs";

const dist = new URL("../../dist/app/", import.meta.url);

export function serve(server, world, node) {
  const cookie = `__Host-conclave-${node.peer.slice(8, 16)}`;
  const sockets = new WebSocketServer({ noServer: true });
  const signedIn = (request) => {
    const token = new RegExp(`${cookie}=([^;]+)`).exec(request.headers.cookie ?? "")?.[1];
    for (const account of world.accounts.values()) {
      const session = account.node === node && account.sessions.get(token);
      if (session) return { account, session, token };
    }
    return undefined;
  };
  server.on("upgrade", (request, socket, head) => {
    const who = signedIn(request);
    if (!who) return socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
    sockets.handleUpgrade(request, socket, head, (live) => {
      live.token = who.token;
      const since = new URL(request.url, "http://x").searchParams.get("since");
      live.send(JSON.stringify({ seq: who.account.seq, type: "hello", data: {} }));
      if (since !== null && Number(since) !== who.account.seq) live.send(JSON.stringify({ seq: who.account.seq, type: "resync", data: {} }));
      who.account.sockets.add(live);
      live.on("close", () => who.account.sockets.delete(live));
      live.send(JSON.stringify({ seq: who.account.seq, type: "node", data: { connected_peers: world.nodes.length - 1 } }));
    });
  });
  server.on("request", async (request, response) => {
    const url = new URL(request.url, "http://x");
    if (!url.pathname.startsWith("/api/")) return page(url.pathname, response);
    let body = "";
    for await (const part of request) body += part;
    try {
      const found = match(request.method, url.pathname);
      const who = signedIn(request);
      if (!found) throw new Refusal(404, "not_found", "There is no such operation.");
      if (!found.open && !who) throw new Refusal(401, "not_signed_in", "Log in first.");
      const context = { world, node, ...who, body: body ? JSON.parse(body) : {}, query: url.searchParams, request, sign: (token) => response.setHeader("Set-Cookie", `${cookie}=${token}; Path=/; HttpOnly; Secure; SameSite=Strict`) };
      const [status, result] = found.run(context, ...found.args);
      answer(response, status, result, "application/json");
    } catch (cause) {
      if (!(cause instanceof Refusal)) console.error(cause);
      if (cause.retryAfter) response.setHeader("Retry-After", cause.retryAfter);
      const { status = 500, code = "broken", detail = String(cause) } = cause;
      answer(response, status, { type: "about:blank", title: code, status, code, detail }, "application/problem+json");
    }
  });
}

function answer(response, status, result, kind) {
  response.writeHead(status, { "Content-Type": kind, "Cache-Control": "no-store" });
  response.end(result === undefined ? "" : JSON.stringify(result));
}

function page(name, response) {
  if (name === "/livez" || name === "/readyz") return response.end("ok\n");
  let file = new URL(`.${name}`, dist);
  if (!path.extname(name)) file = new URL("./index.html", dist);
  if (!existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { "Content-Type": kinds[path.extname(file.pathname)] ?? "application/octet-stream", "Content-Security-Policy": csp, "Cache-Control": "no-cache" });
  response.end(readFileSync(file));
}

const routes = [];
const on = (method, pattern, run, open = false) =>
  routes.push({ method, pattern: new RegExp(`^/api/v1${pattern.replace(/\{\w+\}/g, "([^/]+)")}$`), run, open });

function match(method, name) {
  for (const route of routes) {
    const found = route.method === method && route.pattern.exec(name);
    if (found) return { ...route, args: found.slice(1) };
  }
  return undefined;
}

const refuse = (status, code, detail) => {
  throw new Refusal(status, code, detail);
};
const account = (world, one) => ({ acct: one.acct, name: one.name, display_name: one.display_name, address: world.address(one), owner: one.owner });
const open = (context, one, client) => {
  const token = context.world.openSession(one, client, context.request.socket.remoteAddress);
  context.sign(token);
  return [201, { token, account: account(context.world, one) }];
};
const conversation = ({ world, account: mine }, wanted) =>
  [...world.conversations.values()].find((one) => one.id === wanted && one.people.includes(mine.acct) && !one.group?.hidden.has(mine.acct)) ?? refuse(404, "not_found", "There is no such chat.");
const person = ({ world, account: mine }, acct) => (mine.contacts.has(acct) ? world.accounts.get(acct) : refuse(404, "not_found", "There is no such contact."));
const passphrase = (mine, given) => given === mine.passphrase || refuse(401, "wrong_credentials", "The passphrase is not right.");

on("GET", "/setup", ({ node }) => [200, { claimed: node.claimed, registration: "invite", version: "0.0.0-fake", node: { peer_id: node.peer } }], true);
on("POST", "/accounts", (context) => {
  const { world, node, body } = context;
  if (!node.claimed && body.setup_token !== node.claim) refuse(403, "setup_token_wrong", "The set-up link is not right.");
  if (node.claimed) {
    if (body.setup_token) refuse(409, "already_claimed", "This node has an owner.");
    const invite = node.invites.find((one) => one.token === body.invite && one.used < one.max_uses);
    if (!invite) refuse(403, "invite_invalid", "This invite does not work.");
    invite.used++;
  }
  return open(context, world.makeAccount(node, body), "Set up here");
}, true);
on("POST", "/sessions", (context) => {
  const { world, node, body } = context;
  const one = world.find(node, body.name);
  if (!one || one.passphrase !== body.passphrase) refuse(401, "wrong_credentials", "Name or passphrase is not right.");
  if (one.suspended) refuse(403, "suspended", one.reason);
  return open(context, one, body.client);
}, true);
on("POST", "/recoveries", (context) => {
  const { world, node, body } = context;
  const one = world.find(node, body.name);
  if (!one || one.key !== body.recovery_key) refuse(401, "recovery_key_wrong", "The key is not right.");
  one.passphrase = body.passphrase;
  for (const token of [...one.sessions.keys()]) world.closeSession(one, token);
  return open(context, one, "Recovery");
}, true);
on("GET", "/me", ({ world, account: mine, session }) => [200, world.me(mine, session)]);
on("PUT", "/me/passphrase", ({ account: mine, body }) => (passphrase(mine, body.old), (mine.passphrase = body.new), [204]));
on("PUT", "/me/sealed", ({ account: mine, body }) => (passphrase(mine, body.passphrase), (mine.sealed = body.sealed), [204]));
on("POST", "/me/contact-link", ({ world, account: mine }) => ((mine.secret = Math.random().toString(36).slice(2)), [200, { contact_link: world.link(mine) }]));
on("POST", "/me/recovery-key", ({ account: mine, body }) => {
  passphrase(mine, body.passphrase);
  if (mine.keyState === "confirmed") refuse(409, "recovery_confirmed", "It is not kept here any more.");
  mine.keyState = "shown";
  return [200, { key: mine.key, check: mine.check }];
});
on("PUT", "/me/recovery-key", ({ account: mine, body }) => {
  if (mine.key.split("-")[body.group - 1] !== body.text) refuse(400, "recovery_key_wrong", "This is not that group.");
  mine.keyState = "confirmed";
  return [204];
});
on("PUT", "/me/profile", ({ world, account: mine, session, body }) => ((mine.display_name = body.display_name), world.emit(mine, "me", world.me(mine, session)), [204]));
on("GET", "/sessions", ({ account: mine, token }) => [200, { items: [...mine.sessions].map(([key, one]) => ({ ...one, current: key === token })) }]);
on("DELETE", "/sessions/{id}", ({ world, account: mine, token }, wanted) => {
  for (const [key, one] of [...mine.sessions]) if (one.id === wanted || (wanted === "current" && key === token)) world.closeSession(mine, key);
  return [204];
});

const invited = (context) => {
  const { world, account: mine, body } = context;
  const other = body.link ? world.byLink(body.link) : world.byAddress(body.address);
  if (!other) refuse(body.link ? 400 : 404, body.link ? "not_a_link" : "not_found", "There is nobody like that.");
  if (other === mine) refuse(409, "yourself", "This is you.");
  return other;
};
on("POST", "/contacts/preview", (context) => {
  const other = invited(context);
  return [200, { acct: other.acct, name: context.body.link ? other.display_name : "", address: context.world.address(other), check_words: context.world.checkWords(other), known: context.account.contacts.has(other.acct) }];
});
on("POST", "/contacts", (context) => {
  const { world, account: mine, body } = context;
  const other = invited(context);
  const before = mine.contacts.get(other.acct)?.state;
  const theirs = other.contacts.get(mine.acct)?.state;
  if (body.link || theirs === "pending") {
    world.relate(mine, other, "accepted");
    world.relate(other, mine, "accepted");
    world.flush(mine);
  } else if (before !== "accepted") {
    world.relate(mine, other, "pending");
    if (theirs !== "blocked") world.relate(other, mine, "requested");
  }
  return [before ? 200 : 201, world.contact(mine, other)];
});
on("GET", "/contacts", ({ world, account: mine }) => [200, { items: [...mine.contacts.keys()].map((acct) => world.contact(mine, world.accounts.get(acct))) }]);
for (const [verb, state] of [["accept", "accepted"], ["block", "blocked"], ["unblock", "accepted"]]) {
  on("POST", `/contacts/{acct}/${verb}`, (context, acct) => {
    const { world, account: mine } = context;
    const other = person(context, acct);
    world.relate(mine, other, state);
    if (verb === "accept" && other.contacts.get(mine.acct)) world.relate(other, mine, "accepted");
    if (state === "accepted") world.flush(mine);
    return [200, world.contact(mine, other)];
  });
}
on("DELETE", "/contacts/{acct}", (context, acct) => {
  person(context, acct);
  context.account.contacts.delete(acct);
  context.world.emit(context.account, "contact.deleted", { acct });
  return [204];
});

on("GET", "/conversations", ({ world, account: mine }) => [200, { items: [...world.conversations.values()].filter((one) => one.people.includes(mine.acct) && (one.group ? !one.group.hidden.has(mine.acct) : one.people.some((acct) => ["accepted", "pending", "blocked"].includes(mine.contacts.get(acct)?.state)))).map((one) => world.conversation(mine, one)) }]);
on("GET", "/conversations/{id}", (context, wanted) => [200, context.world.conversation(context.account, conversation(context, wanted))]);
on("PATCH", "/conversations/{id}/flags", (context, wanted) => [200, context.world.keep(context.account, conversation(context, wanted), context.body)]);
on("GET", "/folders", () => [200, { items: [] }]);
on("POST", "/conversations/{id}/messages", (context, wanted) => {
  const { world, account: mine, body, request } = context;
  const chat = conversation(context, wanted);
  const key = request.headers["idempotency-key"];
  if (body.text === "") refuse(400, "text_empty", "A message needs a text.");
  if (Buffer.byteLength(body.text) > 60000) refuse(413, "text_too_long", "This text is too long.");
  const known = mine.sent.get(key);
  const message = known ?? world.send(mine, chat, body.text);
  if (key) mine.sent.set(key, message);
  return [202, { id: message.id }];
});
on("GET", "/conversations/{id}/messages", (context, wanted) => {
  const { world, account: mine, query } = context;
  const chat = conversation(context, wanted);
  const all = chat.group ? world.groups.messages(mine, chat) : chat.messages.filter((one) => world.visible(mine, one));
  const end = query.has("before") ? Number(query.get("before")) : all.length;
  const start = Math.max(0, end - Number(query.get("limit") ?? 50));
  return [200, { items: all.slice(start, end).map((one) => world.message(mine, one)), ...(start > 0 ? { next: String(start) } : {}) }];
});
on("POST", "/conversations/{id}/messages/{message}/retry", (context, wanted, id) => {
  const chat = conversation(context, wanted);
  const message = chat.messages.find((one) => one.id === id) ?? refuse(404, "not_found", "There is no such message.");
  delete message.reason;
  context.world.setState(context.account, message, "sending");
  return [202, { id }];
});
on("PUT", "/conversations/{id}/read", (context, wanted) => (context.world.read(context.account, conversation(context, wanted), context.body.message), [204]));

groupRoutes(on);

const states = [["keeps"], ["refuses", "The node keeps nothing for this one."], ["unreachable", "The node does not answer."]];
const boxes = (mine) =>
  (mine.mailboxes ?? []).map((address, index) => {
    const [state, reason] = states[index];
    return { address, peer: address.split("/p2p/")[1], state, ...(reason ? { reason } : {}), default: false };
  });
const owner = (mine) => mine.owner || refuse(403, "not_owner", "Only the owner may do this.");
on("GET", "/admin/accounts", ({ world, node, account: mine }) => (owner(mine), [200, { items: [...world.accounts.values()].filter((one) => one.node === node).map(({ acct, name, display_name, created_at, owner, sealed, suspended, reason }) => ({ acct, name, display_name, created_at, owner, sealed, suspended, ...(reason ? { reason } : {}) })) }]));
on("PUT", "/admin/accounts/{acct}/suspended", ({ world, account: mine, body }, acct) => {
  owner(mine);
  const one = world.accounts.get(acct);
  Object.assign(one, { suspended: body.suspended, reason: body.reason });
  if (body.suspended) for (const token of [...one.sessions.keys()]) world.closeSession(one, token);
  return [204];
});
on("POST", "/admin/invites", ({ node, account: mine, body }) => {
  owner(mine);
  const token = randomBytes(32).toString("base64url");
  const invite = { id: `i_${token.slice(0, 8)}`, token, created_at: new Date().toISOString(), expires_at: new Date(Date.now() + (body.expires_in ?? 86400) * 1000).toISOString(), max_uses: body.max_uses ?? 1, used: 0 };
  node.invites.push(invite);
  return [201, { id: invite.id, link: `http://${node.host}/join#${token}`, token, expires_at: invite.expires_at, max_uses: invite.max_uses, used: 0 }];
});
on("GET", "/admin/invites", ({ node, account: mine }) => (owner(mine), [200, { items: node.invites.map(({ token, ...one }) => one) }]));
on("DELETE", "/admin/invites/{id}", ({ node, account: mine }, wanted) => (owner(mine), (node.invites = node.invites.filter((one) => one.id !== wanted)), [204]));
on("GET", "/me/mailboxes", ({ account: mine }) => [200, { items: boxes(mine) }]);
on("PUT", "/me/mailboxes", ({ account: mine, body }) => {
  if (body.addresses.length > 3) refuse(400, "bad_request", "At most three mailboxes count.");
  mine.mailboxes = body.addresses;
  return [200, { items: boxes(mine) }];
});
on("GET", "/admin/mailboxes", ({ account: mine }) => (owner(mine), [200, { mode: "contacts", nodes: 2, queues: 31, messages: 148, bytes: 412_000, most: 64 * 2 ** 20 }]));
on("GET", "/admin/audit", ({ account: mine }) => (owner(mine), [200, { items: [] }]));
on("GET", "/admin/node", ({ world, node, account: mine }) => {
  owner(mine);
  const peers = world.nodes.filter((one) => one !== node).map((one) => ({ id: one.peer, connected: one.up, addresses: [`/ip4/127.0.0.1/tcp/8422/p2p/${one.peer}`], waiting: one.up ? 0 : 3, last_seen: one.lastSeen ?? new Date().toISOString(), ...(one.up ? {} : { last_error: "dial tcp 127.0.0.1:8422: connection refused" }) }));
  return [200, { peer_id: node.peer, version: "0.0.0-fake", addresses: [`/ip4/127.0.0.1/tcp/8422`, `/ip4/127.0.0.1/udp/8422/quic-v1`], public_url: "", started_at: node.started, accounts: world.accounts.size, disk: { free: 61e9, total: 250e9, used_by_node: 4.3e7 }, peers }];
});
