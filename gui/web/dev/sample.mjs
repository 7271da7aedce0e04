// People and messages for looking at the screens.
import { id } from "./world.mjs";

const lines = [
  "Did the new build reach you?", "Yes. It starts in 200 ms here.", "Nice. Mine took a little longer the first time.",
  "That is the key derivation. It only happens once.", "Shall we meet at the library at four?", "Four is fine.\nI will bring the printed keys.",
  "שלום! מה שלומך?", "مرحبا، وصلت الرسالة", "    indented, and   spaced   out", "https://example.org/a/very/long/path/that/has/to/wrap/somewhere/because/it/is/so/long?and=a&query=too",
  "👍", "I read the threat model again. The part about copying a data folder back is good, but I would say more clearly what happens when someone restores an old copy while the new one still runs. People will do that.",
];

export function fill(world) {
  const [here, there] = world.nodes;
  const ana = world.makeAccount(here, { name: "ana", passphrase: "correct horse", display_name: "Ana Roth" });
  const people = ["Ben Okafor", "Chiara Lupi", "Dmitri", "Eun-ji Park", "Farah", "Grace Hopper", "Hamid", "Ιωάννα"].map((name, index) =>
    world.makeAccount(index % 2 ? here : there, { name: name.toLowerCase().replace(/[^a-z]+/g, "") || "ioanna", passphrase: "correct horse", display_name: name }));
  ana.mailboxes = ["/dns4/box.example/tcp/8422/p2p/12D3KooWQ4hYbW6v1v8m7fQ2yRrBoxEx", "/ip4/192.0.2.7/udp/8422/quic-v1/p2p/12D3KooWC2mRefuses", "/dns4/attic.example/tcp/8422/p2p/12D3KooWAway"];
  people.forEach((other, index) => {
    if (index === 6) {
      world.relate(ana, other, "requested");
      world.relate(other, ana, "pending");
      return;
    }
    const chat = world.relate(ana, other, index === 5 ? "pending" : "accepted");
    world.relate(other, ana, index === 5 ? "requested" : "accepted");
    const count = index === 0 ? 240 : index === 7 ? 0 : 6 + index;
    for (let n = 0; n < count; n++) {
      const author = (n * 7 + index) % 3 === 0 || n % 5 === 1 ? ana : other;
      const age = (count - n) * 37 * 60_000 * (1 + index) - (n % 4) * 36 * 60_000;
      const unread = author === other && n > count - 4 && index % 3 === 1;
      chat.messages.push({ id: id("m"), conversation: chat.id, author: author.acct, text: lines[(n + index * 3) % lines.length], sent_at: new Date(Date.now() - age).toISOString(), state: author === ana ? (n > count - 3 ? "delivered" : "read") : "delivered", kind: "text", arrived: true, read: unread || (author === ana && n > count - 3) ? undefined : new Date(Date.now() - age + 60000).toISOString() });
    }
    if (index === 0) {
      const last = chat.messages.at(-1);
      Object.assign(last, { author: ana.acct, state: "failed", reason: "it is older than seven days", read: undefined, text: "This one did not make it." });
      chat.messages.splice(-6, 0, { ...chat.messages.at(-7), id: id("m"), kind: "notice", text: "Ben Okafor confirmed their name" });
      chat.messages.splice(-4, 0, { ...chat.messages.at(-5), id: id("m"), author: other.acct, kind: "waiting", text: "" });
    }
  });
  talk(world, ana, people);
}

// talk fills groups: one with many people and words, one channel, one that is left.
function talk(world, ana, people) {
  const { groups } = world;
  const says = (chat, author, text, minutes) => {
    groups.notice(chat, author, text);
    Object.assign(chat.messages.at(-1), { kind: "text", state: "delivered", sent_at: new Date(Date.now() - minutes * 60_000).toISOString() });
  };
  const aged = (chat, minutes) => chat.messages.forEach((one, index) => (one.sent_at = new Date(Date.now() - (minutes - index) * 60_000).toISOString()));
  const [ben, chiara, dmitri, eunji] = people;
  const readers = groups.make(ana, { kind: "group", name: "Library readers", members: [ben, chiara, dmitri, eunji].map((one) => one.acct), description: "What we read, and where we meet to talk about it.\nFirst Thursday of the month, four o’clock.", history: "all" });
  readers.group.rules = "1. Be kind.\n2. What is said here stays here.\n3. No spoilers before Thursday.";
  readers.group.roles.set(chiara.acct, "admin").set(dmitri.acct, "moderator");
  aged(readers, 300);
  const lines = [
    [chiara, "Has everybody got the book?"], [chiara, "The library has two copies left, I can put one aside."], [ben, "Yes please!"], [dmitri, "I have mine since yesterday. The first chapter alone is worth the walk."],
    [ana, "Then Thursday at four, as usual?"], [eunji, "Four is fine. I bring tea."], [eunji, "And the biscuits, before anybody asks."], [ben, "I was about to ask."], [chiara, "שלום! I will be ten minutes late."], [ana, "No hurry, we start with the tea anyway.\nI have the key."],
    [ben, "I read the passage about the archive again. What happens to it when somebody restores an old copy while the new one still runs? People will do that."], [dmitri, "That is chapter seven. No spoilers."],
  ];
  lines.forEach(([author, text], index) => says(readers, author, text, 70 - index * (index % 4 === 0 ? 5 : 4)));
  readers.group.read.set(ana.acct, readers.messages.length - 2);
  const news = groups.make(chiara, { kind: "channel", name: "Town notices", members: [], visibility: "public", description: "Roadworks, markets and the weather on the hill." });
  groups.put(news, chiara, ana, "member", "joined");
  aged(news, 400);
  says(news, chiara, "The market is on the east side this week.", 95);
  const old = groups.make(dmitri, { kind: "group", name: "Night hike", members: [] });
  groups.put(old, dmitri, ana, "member");
  aged(old, 3000);
  says(old, dmitri, "We meet at the mill.", 2900);
  groups.remove(old, dmitri, ana);
  old.messages.at(-1).sent_at = new Date(Date.now() - 2880 * 60_000).toISOString();
  const large = groups.make(ana, { kind: "group", name: "Everybody of the valley", members: people.slice(0, 5).map((one) => one.acct), visibility: "secret" });
  for (let n = 0; n < 400; n++) {
    const one = world.makeAccount(world.nodes[n % 2], { name: `valley${n}`, passphrase: "correct horse", display_name: `${["Ada", "Bo", "Cleo", "Dana", "Emil", "Fay", "Gus", "Hana"][n % 8]} ${["Adler", "Berg", "Conti", "Duarte", "Eriksen"][n % 5]} ${n}` });
    large.people.push(one.acct);
    large.group.roles.set(one.acct, n % 97 === 0 ? "moderator" : "member");
  }
  aged(large, 200);
  large.group.requests.push({ account: people[6].acct, name: people[6].display_name, at: new Date().toISOString(), invite: "" });
  large.group.behind = 12;
  groups.invite(large, ana, { expires_in: 604800, max_uses: 10, approval: true });
}
