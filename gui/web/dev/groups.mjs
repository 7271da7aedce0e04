// The fake's groups: who is in them, what they may, and what each has read.
import { randomBytes } from "node:crypto";
import { id, Refusal } from "./world.mjs";

export const RANK = { member: 1, moderator: 2, admin: 3, owner: 4 };
const usual = { send: "member", add: "moderator", edit: "admin", pin: "moderator", invite: "moderator", slow_mode: 0, announcement: false, history: "none", max_members: 1000 };
const refuse = (status, code, detail, retryAfter) => {
  throw Object.assign(new Refusal(status, code, detail), { retryAfter });
};

export class Groups {
  constructor(world) {
    this.world = world;
  }

  make(mine, { kind, name, members = [], description = "", visibility = "private", history = "none" }) {
    if (!name?.trim()) refuse(400, "name_empty", "A group needs a name.");
    const chat = {
      id: id("g"), kind, name, people: [mine.acct], messages: [], created: new Date().toISOString(),
      group: { description, picture: "", rules: "", visibility, policy: { ...usual, send: kind === "channel" ? "admin" : "member" }, roles: new Map([[mine.acct, "owner"]]), out: new Map(), hidden: new Set(), cleared: new Map(), read: new Map(), invites: [], requests: [], joining: new Set() },
    };
    Object.assign(chat.group.policy, this.#history(history));
    this.world.conversations.set(chat.id, chat);
    this.notice(chat, mine, kind === "channel" ? `${mine.display_name} made this channel` : `${mine.display_name} made this group`);
    for (const acct of members) this.put(chat, mine, this.#person(mine, acct), "member");
    return chat;
  }

  #person(mine, acct) {
    return mine.contacts.get(acct)?.state === "accepted" ? this.world.accounts.get(acct) : refuse(404, "not_found", "This is none of your contacts.");
  }

  #history = (history) => (history === "since" ? { history, since: new Date().toISOString() } : { history, since: undefined });

  role = (chat, mine) => chat.group.roles.get(mine.acct);
  inside(chat, mine) {
    return this.role(chat, mine) ?? refuse(404, "not_found", "You are not in this group.");
  }

  need(chat, mine, lowest) {
    if (RANK[this.inside(chat, mine)] < RANK[lowest]) refuse(403, "forbidden", `only ${lowest}s and above may.`);
  }

  add(chat, mine, acct, role) {
    this.need(chat, mine, chat.group.policy.add);
    this.put(chat, mine, this.#person(mine, acct), role);
  }

  // put takes somebody in, or back in.
  put(chat, by, other, role, how = "added") {
    const { group } = chat;
    if (!group.roles.has(other.acct) && group.roles.size >= group.policy.max_members) refuse(409, "full", "The group is full.");
    if (!chat.people.includes(other.acct)) chat.people.push(other.acct);
    group.roles.set(other.acct, role);
    group.out.delete(other.acct);
    group.hidden.delete(other.acct);
    group.requests = group.requests.filter((one) => one.account !== other.acct);
    const { history, since } = group.policy;
    for (const message of chat.messages) if (history === "all" || (history === "since" && message.sent_at >= since)) message.to.add(other.acct);
    group.joining.add(other.acct);
    this.notice(chat, by, how === "added" ? `${by.display_name} added ${other.display_name}` : `${other.display_name} joined`);
    this.#member(chat, other);
    setTimeout(() => {
      group.joining.delete(other.acct);
      this.world.emit(other, "conversation", this.view(other, chat));
    }, 120);
  }

  setRole(chat, mine, other, role) {
    this.need(chat, mine, "admin");
    const before = chat.group.roles.get(other.acct) ?? refuse(404, "not_found", "This person is not in the group.");
    if (RANK[before] >= RANK[this.role(chat, mine)]) refuse(403, "forbidden", "their role is not below yours.");
    chat.group.roles.set(other.acct, role);
    this.notice(chat, mine, `${mine.display_name} made ${other.display_name} ${role === "admin" ? "an" : "a"} ${role}`);
    this.#member(chat, other);
  }

  remove(chat, mine, other) {
    const role = chat.group.roles.get(other.acct) ?? refuse(404, "not_found", "This person is not in the group.");
    const self = other === mine;
    if (self && role === "owner" && chat.group.roles.size > 1) refuse(409, "last_owner", "Transfer it first.");
    if (!self) this.need(chat, mine, "moderator");
    if (!self && RANK[role] >= RANK[this.role(chat, mine)]) refuse(403, "forbidden", "their role is not below yours.");
    this.notice(chat, mine, self ? `${mine.display_name} left` : `${mine.display_name} removed ${other.display_name}`);
    chat.group.roles.delete(other.acct);
    chat.group.out.set(other.acct, self ? "left" : "removed");
    this.#member(chat, other);
  }

  transfer(chat, mine, other) {
    this.need(chat, mine, "owner");
    if (!chat.group.roles.has(other.acct)) refuse(404, "not_found", "This person is not in the group.");
    chat.group.roles.set(other.acct, "owner").set(mine.acct, "member");
    this.notice(chat, mine, `${mine.display_name} made ${other.display_name} the owner`);
    this.#member(chat, other);
    this.#member(chat, mine);
  }

  edit(chat, mine, change) {
    this.need(chat, mine, chat.group.policy.edit);
    const { name, ...face } = change;
    if (name) this.notice(chat, mine, `${mine.display_name} renamed it to ${name}`);
    if (name) chat.name = name;
    Object.assign(chat.group, face);
    this.tell(chat);
  }

  setPolicy(chat, mine, { visibility, history, ...change }) {
    this.need(chat, mine, "admin");
    if (visibility) chat.group.visibility = visibility;
    Object.assign(chat.group.policy, change, history ? this.#history(history) : {});
    this.notice(chat, mine, `${mine.display_name} changed the settings`);
  }

  deleteForAll(chat, mine) {
    this.need(chat, mine, "owner");
    this.notice(chat, mine, `${mine.display_name} deleted this group`);
    for (const acct of chat.group.roles.keys()) chat.group.out.set(acct, "deleted");
    chat.group.roles.clear();
    this.tell(chat);
  }

  hide(chat, mine) {
    if (this.role(chat, mine)) this.remove(chat, mine, mine);
    chat.group.hidden.add(mine.acct);
    this.world.emit(mine, "conversation.deleted", { id: chat.id });
  }

  clear(chat, mine) {
    chat.group.cleared.set(mine.acct, chat.messages.length);
    this.world.emit(mine, "conversation", this.view(mine, chat));
  }

  send(mine, chat, text) {
    const { policy } = chat.group;
    const role = this.inside(chat, mine);
    const lowest = policy.announcement && RANK[policy.send] < RANK.moderator ? "moderator" : policy.send;
    this.need(chat, mine, lowest);
    const last = chat.messages.findLast((one) => one.author === mine.acct && one.kind === "text");
    const wait = last && role === "member" ? new Date(last.sent_at).getTime() + policy.slow_mode * 1000 - Date.now() : 0;
    if (wait > 0) refuse(429, "slow_mode", "Slow mode is on.", Math.ceil(wait / 1000));
    const message = this.#write(chat, mine, "text", text);
    const step = (state, time) =>
      setTimeout(() => {
        message.state = state;
        this.world.emit(mine, "message.state", { conversation: chat.id, id: message.id, state });
      }, time);
    step("sent", 120);
    if (chat.group.roles.size > 1) step("delivered", 260);
    return message;
  }

  notice(chat, by, text) {
    this.#write(chat, by, "notice", text);
  }

  #write(chat, author, kind, text) {
    const message = { id: id("m"), conversation: chat.id, author: author.acct, text, sent_at: new Date().toISOString(), state: kind === "text" ? "sending" : "delivered", kind, to: new Set(chat.group.roles.keys()) };
    chat.messages.push(message);
    chat.group.read.set(author.acct, chat.messages.length);
    for (const acct of message.to) this.world.emit(this.world.accounts.get(acct), "message", this.message(this.world.accounts.get(acct), message));
    this.tell(chat);
    return message;
  }

  tell(chat) {
    for (const acct of chat.people) {
      if (chat.group.hidden.has(acct)) continue;
      const one = this.world.accounts.get(acct);
      this.world.emit(one, "conversation", this.view(one, chat));
    }
  }

  #member(chat, other) {
    const data = { conversation: chat.id, account: other.acct, name: other.display_name, role: chat.group.roles.get(other.acct) ?? "" };
    for (const acct of chat.people) this.world.emit(this.world.accounts.get(acct), "member", data);
    this.tell(chat);
  }

  messages(mine, chat) {
    return chat.messages.filter((one, index) => one.to.has(mine.acct) && index >= (chat.group.cleared.get(mine.acct) ?? 0));
  }

  message(mine, message) {
    const { id, conversation, author, text, sent_at, kind } = message;
    const chat = this.world.conversations.get(conversation);
    const read = chat.messages.indexOf(message) < (chat.group.read.get(mine.acct) ?? 0);
    return { id, conversation, author, text, sent_at, kind, state: author === mine.acct ? message.state : read ? "read" : "delivered", author_name: this.world.accounts.get(author).display_name };
  }

  read(mine, chat, upTo) {
    const index = chat.messages.findIndex((one) => one.id === upTo);
    if (index < 0) refuse(404, "not_found", "There is no such message.");
    chat.group.read.set(mine.acct, Math.max(index + 1, chat.group.read.get(mine.acct) ?? 0));
    this.world.emit(mine, "conversation", this.view(mine, chat));
  }

  view(mine, chat) {
    const { id, kind, name, group } = chat;
    const { description, picture, rules, visibility, policy, roles, out } = group;
    const shown = this.messages(mine, chat);
    const newest = shown.at(-1);
    const last = shown.findLast((one) => one.kind === "text");
    const state = out.get(mine.acct) ?? (group.joining.has(mine.acct) ? "joining" : "joined");
    const read = group.read.get(mine.acct) ?? 0;
    return {
      id, kind, name, mentions: 0, unread: shown.filter((one) => one.kind === "text" && one.author !== mine.acct && chat.messages.indexOf(one) >= read).length,
      updated_at: newest?.sent_at ?? chat.created, ...this.world.kept(mine, chat, newest?.sent_at ?? chat.created),
      group: { description, picture, rules, visibility, role: roles.get(mine.acct) ?? "", members: roles.size, state, policy },
      sync: this.sync(mine, chat),
      ...(last ? { last: { id: last.id, author: last.author, text: last.text.slice(0, 200), sent_at: last.sent_at, state: this.message(mine, last).state, author_name: this.world.accounts.get(last.author).display_name } } : {}),
    };
  }

  sync(mine, chat) {
    const nodes = [...new Set([...chat.group.roles.keys()].map((acct) => this.world.accounts.get(acct).node))].filter((node) => node !== mine.node);
    const behind = chat.group.behind ?? 0;
    return {
      state: behind > 0 ? "behind" : "in_sync", behind,
      ...(nodes.length > 0 && { nodes: nodes.map((node, index) => ({ peer: node.peer, ...this.#residents(chat, node), connected: node.up, state: !node.up ? "unknown" : behind > 0 && index === 0 ? "behind" : "in_sync", behind: index === 0 ? behind : 0, last_seen: node.up ? new Date().toISOString() : node.lastSeen })) }),
    };
  }

  #residents(chat, node) {
    const all = [...chat.group.roles.keys()].filter((acct) => this.world.accounts.get(acct).node === node);
    return { accounts: all.slice(0, 3), members: all.length };
  }

  members(mine, chat, query) {
    if (!this.role(chat, mine) && !chat.group.out.has(mine.acct)) refuse(404, "not_found", "You are not in this group.");
    return [...chat.group.roles].map(([acct]) => this.item(mine, chat, acct)).filter((one) => one.name.toLowerCase().includes(query.toLowerCase())).sort((a, b) => RANK[b.role] - RANK[a.role] || a.name.localeCompare(b.name));
  }

  item(mine, chat, acct) {
    const other = this.world.accounts.get(acct);
    return { account: acct, name: other.display_name, role: chat.group.roles.get(acct), local: other.node === mine.node, connected: other.node.up };
  }

  invite(chat, mine, { expires_in, max_uses, approval }) {
    this.need(chat, mine, chat.group.policy.invite);
    const invite = { id: id("v"), link: `http://${mine.node.host}/j#${chat.id}.${randomBytes(30).toString("base64url")}`, max_uses, uses: 0, approval, by: mine.acct, created_at: new Date().toISOString(), ...(expires_in > 0 ? { expires_at: new Date(Date.now() + expires_in * 1000).toISOString() } : {}) };
    chat.group.invites.unshift(invite);
    return invite;
  }

  find(link) {
    for (const chat of this.world.conversations.values()) {
      const invite = chat.group?.invites.find((one) => one.link.split("#")[1] === link.split("#")[1]);
      if (invite && (invite.max_uses === 0 || invite.uses < invite.max_uses)) return { chat, invite };
    }
    return refuse(404, "invite_gone", "This link does not work any more.");
  }

  enter(mine, chat, invite, rulesAccepted) {
    if (this.role(chat, mine)) return { conversation: chat.id, state: "joined" };
    if (chat.group.rules && !rulesAccepted) refuse(409, "rules", "It has rules to accept.");
    if (invite?.approval) {
      if (!chat.group.requests.some((one) => one.account === mine.acct)) chat.group.requests.push({ account: mine.acct, name: mine.display_name, at: new Date().toISOString(), invite: invite.id });
      this.tell(chat);
      return { conversation: chat.id, state: "asked" };
    }
    if (invite) invite.uses++;
    this.put(chat, mine, mine, "member", "joined");
    return { conversation: chat.id, state: "joined" };
  }
}
