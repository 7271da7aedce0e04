// The fake's routes for groups.
import { Refusal } from "./world.mjs";

const refuse = (status, code, detail) => {
  throw new Refusal(status, code, detail);
};

export function groupRoutes(on) {
  const chatOf = ({ world, account: mine }, wanted) => {
    const chat = world.conversations.get(wanted);
    return chat?.group && chat.people.includes(mine.acct) && !chat.group.hidden.has(mine.acct) ? chat : refuse(404, "not_found", "There is no such group.");
  };
  const at = (method, pattern, run) => on(method, `/conversations/{id}${pattern}`, (context, wanted, ...rest) => run(context, chatOf(context, wanted), ...rest));
  const person = ({ world }, acct) => world.accounts.get(acct) ?? refuse(404, "not_found", "There is nobody like that.");

  on("POST", "/conversations", ({ world, account: mine, body }) => [201, world.groups.view(mine, world.groups.make(mine, body))]);
  at("PATCH", "", ({ world, account: mine, body }, chat) => (world.groups.edit(chat, mine, body), [200, world.groups.view(mine, chat)]));
  at("DELETE", "", ({ world, account: mine, query }, chat) => (query.get("for") === "all" ? world.groups.deleteForAll(chat, mine) : world.groups.hide(chat, mine), [204]));
  at("PUT", "/policy", ({ world, account: mine, body }, chat) => (world.groups.setPolicy(chat, mine, body), [200, world.groups.view(mine, chat)]));
  at("POST", "/clear", ({ world, account: mine }, chat) => (world.groups.clear(chat, mine), [204]));
  at("POST", "/transfer", (context, chat) => (context.world.groups.transfer(chat, context.account, person(context, context.body.account)), [200, context.world.groups.view(context.account, chat)]));
  at("GET", "/members", ({ world, account: mine, query }, chat) => {
    const all = world.groups.members(mine, chat, query.get("query") ?? "");
    const start = Number(query.get("before") ?? 0);
    const end = start + Number(query.get("limit") ?? 100);
    return [200, { items: all.slice(start, end), ...(end < all.length ? { next: String(end) } : {}) }];
  });
  at("POST", "/members", ({ world, account: mine, body }, chat) => (world.groups.add(chat, mine, body.account, body.role), [201, world.groups.item(mine, chat, body.account)]));
  at("PUT", "/members/{account}", (context, chat, acct) => (context.world.groups.setRole(chat, context.account, person(context, acct), context.body.role), [200, context.world.groups.item(context.account, chat, acct)]));
  at("DELETE", "/members/{account}", (context, chat, acct) => (context.world.groups.remove(chat, context.account, person(context, acct)), [204]));
  at("POST", "/invites", ({ world, account: mine, body }, chat) => [201, world.groups.invite(chat, mine, body)]);
  at("GET", "/invites", ({ world, account: mine }, chat) => (world.groups.need(chat, mine, chat.group.policy.invite), [200, { items: chat.group.invites }]));
  at("DELETE", "/invites/{invite}", ({ world, account: mine }, chat, wanted) => (world.groups.need(chat, mine, chat.group.policy.invite), (chat.group.invites = chat.group.invites.filter((one) => one.id !== wanted)), [204]));
  at("GET", "/requests", ({ world, account: mine }, chat) => (world.groups.need(chat, mine, chat.group.policy.add), [200, { items: chat.group.requests }]));
  at("POST", "/requests/{account}/{verb}", (context, chat, acct, verb) => {
    const { world, account: mine } = context;
    world.groups.need(chat, mine, chat.group.policy.add);
    if (verb === "accept") world.groups.put(chat, mine, person(context, acct), "member");
    chat.group.requests = chat.group.requests.filter((one) => one.account !== acct);
    return [204];
  });
  on("POST", "/invites/preview", ({ world, account: mine, body }) => {
    const { chat, invite } = world.groups.find(body.link);
    const { description, picture, rules, roles, visibility } = chat.group;
    const joined = roles.has(mine.acct);
    const hidden = visibility === "secret" && !joined;
    return [200, { conversation: chat.id, kind: chat.kind, name: hidden ? "" : chat.name, description: hidden ? "" : description, picture: hidden ? "" : picture, rules, members: hidden ? 0 : roles.size, approval: invite.approval, joined, by_name: world.accounts.get(invite.by).display_name }];
  });
  on("POST", "/invites/accept", ({ world, account: mine, body }) => {
    const { chat, invite } = world.groups.find(body.link);
    return [200, world.groups.enter(mine, chat, invite, body.rules_accepted)];
  });
  on("GET", "/groups", ({ world, node, account: mine, query }) => {
    const wanted = (query.get("query") ?? "").toLowerCase();
    const here = ({ group }) => group?.visibility === "public" && [...group.roles.keys()].some((acct) => world.accounts.get(acct).node === node);
    const found = [...world.conversations.values()].filter((one) => here(one) && one.name.toLowerCase().includes(wanted));
    return [200, { items: found.map(({ id, kind, name, group }) => ({ id, kind, name, description: group.description, picture: group.picture, members: group.roles.size, joined: group.roles.has(mine.acct) })) }];
  });
  on("POST", "/groups/{group}/join", ({ world, account: mine, body }, wanted) => {
    const chat = world.conversations.get(wanted);
    if (chat?.group?.visibility !== "public") refuse(404, "not_found", "There is no such group.");
    return [200, world.groups.enter(mine, chat, undefined, body.rules_accepted)];
  });
}
