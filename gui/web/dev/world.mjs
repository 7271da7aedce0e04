// The fake's people, contacts and messages.
import { randomBytes } from "node:crypto";
import { Groups } from "./groups.mjs";

const WORDS = "amber birch cedar delta ember fjord grove harbor iris jade kelp lotus maple north olive pearl quartz river sage tulip".split(" ");
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

export const id = (prefix) => `${prefix}_${randomBytes(12).toString("base64url").replace(/[-_]/g, "x")}`;
const words = (seed) => [3, 7, 11, 17].map((step) => WORDS[[...seed].reduce((sum, c) => (sum * step + c.charCodeAt(0)) % WORDS.length, step)]);
const recoveryKey = () => Array.from({ length: 8 }, () => [...randomBytes(4)].map((byte) => ALPHABET[byte % 32]).join("")).join("-");

export class Refusal extends Error {
  constructor(status, code, detail) {
    super(code);
    Object.assign(this, { status, code, detail });
  }
}

export class World {
  nodes = [];
  accounts = new Map();
  conversations = new Map();
  groups = new Groups(this);

  addNode(host) {
    const node = { host, peer: `12D3KooW${randomBytes(24).toString("base64url")}`, claim: randomBytes(9).toString("base64url"), claimed: false, invites: [], up: true, started: new Date().toISOString() };
    this.nodes.push(node);
    return node;
  }

  makeAccount(node, { name, passphrase, display_name }) {
    if (this.find(node, name)) throw new Refusal(409, "name_taken", "This name is taken on this node.");
    if ([...passphrase].length < 8) throw new Refusal(400, "passphrase_weak", "It needs at least 8 characters.");
    const acct = id("a");
    const account = {
      acct, node, name, passphrase, display_name: display_name || name, owner: !node.claimed, sealed: false, suspended: false,
      created_at: new Date().toISOString(), secret: randomBytes(16).toString("base64url"), key: recoveryKey(), keyState: "unseen", check: 1 + randomBytes(1)[0] % 8,
      sessions: new Map(), contacts: new Map(), sockets: new Set(), seq: 0, sent: new Map(),
    };
    node.claimed = true;
    this.accounts.set(acct, account);
    return account;
  }

  find = (node, name) => [...this.accounts.values()].find((one) => one.node === node && one.name === name);
  byLink = (link) => [...this.accounts.values()].find((one) => link.endsWith(`#${one.acct}.${one.secret}`) || link === `conclave:i/${one.acct}.${one.secret}`);
  byAddress = (address) => [...this.accounts.values()].find((one) => this.address(one) === address);
  address = (account) => `${account.name}@${account.node.host}`;
  link = (account) => `http://${account.node.host}/i#${account.acct}.${account.secret}`;
  checkWords = (account) => words(account.acct);

  openSession(account, client, address) {
    const token = randomBytes(24).toString("base64url");
    account.sessions.set(token, { id: id("s"), client: client ?? "", address, created_at: new Date().toISOString(), last_seen_at: new Date().toISOString() });
    this.emit(account, "session", {});
    return token;
  }

  closeSession(account, token) {
    account.sessions.delete(token);
    for (const socket of account.sockets) if (socket.token === token) socket.close(4401, "revoked");
    this.emit(account, "session", {});
  }

  relate(mine, other, state) {
    const key = [mine.acct, other.acct].sort().join("|");
    let conversation = this.conversations.get(key);
    if (!conversation) this.conversations.set(key, (conversation = { id: id("c"), key, people: [mine.acct, other.acct], messages: [], created: new Date().toISOString() }));
    const contact = mine.contacts.get(other.acct) ?? { conversation };
    contact.state = state;
    mine.contacts.set(other.acct, contact);
    this.emit(mine, "contact", this.contact(mine, other));
    if (state === "accepted" || state === "pending") this.emit(mine, "conversation", this.conversation(mine, conversation));
    return conversation;
  }

  contact(mine, other) {
    const { state, conversation } = mine.contacts.get(other.acct);
    return { acct: other.acct, name: other.display_name, address: this.address(other), state, conversation: conversation.id, check_words: this.checkWords(other), node: this.nodeSeen(other) };
  }

  nodeSeen = (other) => (other.node.up ? { connected: true } : { connected: false, last_seen: other.node.lastSeen });

  conversation(mine, conversation) {
    if (conversation.group) return this.groups.view(mine, conversation);
    const other = this.accounts.get(conversation.people.find((one) => one !== mine.acct));
    const contact = mine.contacts.get(other.acct);
    const last = conversation.messages.filter((one) => this.visible(mine, one)).at(-1);
    return {
      id: conversation.id, kind: "direct", name: other.display_name, with: other.acct, contact: contact?.state ?? "pending", node: this.nodeSeen(other),
      mentions: 0,
      unread: conversation.messages.filter((one) => this.visible(mine, one) && one.author !== mine.acct && !one.read && one.kind === "text").length,
      updated_at: last?.sent_at ?? conversation.created, ...this.kept(mine, conversation, last?.sent_at ?? conversation.created),
      ...(last ? { last: { id: last.id, author: last.author, text: last.text.slice(0, 200), sent_at: last.sent_at, state: this.message(mine, last).state } } : {}),
    };
  }

  // kept is how an account keeps a conversation, and where that stands in its list.
  kept(mine, { id: chat }, updated) {
    const flags = { pinned: 0, archived: false, hidden: false, marked_unread: false, favourite: false, folders: [], notify: "all", ...mine.flags?.get(chat) };
    const late = (2 ** 52 - Date.parse(updated)).toString(16).padStart(13, "0");
    return { flags, order: flags.pinned > 0 ? `0${String(flags.pinned).padStart(3, "0")}` : `1${late}${chat}` };
  }

  keep(mine, conversation, change) {
    mine.flags ??= new Map();
    mine.flags.set(conversation.id, { ...mine.flags.get(conversation.id), ...change });
    const view = this.conversation(mine, conversation);
    this.emit(mine, "conversation", view);
    return view;
  }

  visible = (mine, message) => message.author === mine.acct || message.arrived;

  message(mine, message) {
    if (message.to) return this.groups.message(mine, message);
    const { id, conversation, author, text, sent_at, kind, reason, gap } = message;
    const state = author === mine.acct ? message.state : message.read ? "read" : "delivered";
    return { id, conversation, author, text, sent_at, state, kind, ...(reason ? { reason } : {}), ...(gap ? { gap } : {}), ...(message.read && author === mine.acct ? { read_at: message.read } : {}) };
  }

  send(mine, conversation, text) {
    if (conversation.group) return this.groups.send(mine, conversation, text);
    const other = this.accounts.get(conversation.people.find((one) => one !== mine.acct));
    const message = { id: id("m"), conversation: conversation.id, author: mine.acct, text, sent_at: new Date().toISOString(), state: "sending", kind: "text", arrived: false };
    conversation.messages.push(message);
    this.emit(mine, "message", this.message(mine, message));
    this.emit(mine, "conversation", this.conversation(mine, conversation));
    setTimeout(() => this.deliver(mine, other, conversation, message), 150);
    return message;
  }

  deliver(mine, other, conversation, message) {
    if (message.state === "sending") this.setState(mine, message, "sent");
    if (!other.node.up || other.contacts.get(mine.acct)?.state !== "accepted") return;
    message.arrived = true;
    this.emit(other, "message", this.message(other, message));
    this.emit(other, "conversation", this.conversation(other, conversation));
    setTimeout(() => this.setState(mine, message, "delivered"), 100);
  }

  setState(mine, message, state) {
    if (message.state === "read") return;
    message.state = state;
    this.emit(mine, "message.state", { conversation: message.conversation, id: message.id, state, ...(message.reason ? { reason: message.reason } : {}), ...(message.read ? { read_at: message.read } : {}) });
  }

  read(mine, conversation, upTo) {
    if (conversation.group) return this.groups.read(mine, conversation, upTo);
    const end = conversation.messages.findIndex((one) => one.id === upTo);
    if (end < 0) throw new Refusal(404, "not_found", "There is no such message.");
    const other = this.accounts.get(conversation.people.find((one) => one !== mine.acct));
    for (const message of conversation.messages.slice(0, end + 1)) {
      if (message.author === mine.acct || message.read) continue;
      message.read = new Date().toISOString();
      this.emit(mine, "message.state", { conversation: conversation.id, id: message.id, state: "read" });
      message.state = "read";
      this.emit(other, "message.state", { conversation: conversation.id, id: message.id, state: "read", read_at: message.read });
    }
    this.emit(mine, "conversation", this.conversation(mine, conversation));
  }

  // flush delivers what waited for an acceptance.
  flush(mine) {
    for (const conversation of this.conversations.values()) {
      if (conversation.group || !conversation.people.includes(mine.acct)) continue;
      for (const message of conversation.messages) {
        const author = this.accounts.get(message.author);
        if (author !== mine && !message.arrived && message.kind === "text") this.deliver(author, mine, conversation, message);
      }
    }
  }

  emit(account, type, data) {
    account.seq++;
    for (const socket of account.sockets) socket.send(JSON.stringify({ seq: account.seq, type, data }));
  }

  me(account, session) {
    return {
      acct: account.acct, name: account.name, display_name: account.display_name, address: this.address(account), contact_link: this.link(account),
      check_words: this.checkWords(account), owner: account.owner, sealed: account.sealed, recovery_key: account.keyState, session: session.id,
    };
  }
}
