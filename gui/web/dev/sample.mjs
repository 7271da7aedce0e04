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
}
