import { afterEach, expect, it } from "vitest";
import type { Happening } from "~/api/types.ts";
import { chooseLocale } from "~/i18n/locale.ts";
import { noticeText } from "./text.ts";

const ana = { name: "Ana" };
const you = { you: true };
// Isolates around names are for the eye, not for these tests.
const said = async (language: string, notice: Happening[], text = "in English") => {
  await chooseLocale([language]);
  return noticeText({ text, notice }).replace(/[\u2068\u2069]/g, "");
};

afterEach(() => chooseLocale(["en"]));

it("leaves the sentence of the node in English", async () => {
  expect(await said("en", [{ did: "left", by: ana }], "Ana left")).toBe("Ana left");
});

it("says each part in the language of the page", async () => {
  const made: Happening[] = [{ did: "created", by: you, word: "channel" }, { did: "added", by: you, whom: [ana, { name: "Ben" }], more: 2 }];
  expect(await said("es", made)).toBe("Has creado el canal. Has añadido a Ana, Ben y 2 personas más.");
  expect(await said("fr", made)).toBe("Vous avez créé le canal. Vous avez ajouté Ana, Ben et 2 autres personnes.");
});

it("says you where it is the reader to whom it was done", async () => {
  const done: Happening[] = [{ did: "made", by: ana, whom: [you], word: "admin" }];
  expect(await said("es", done)).toBe("Ana te ha hecho administrador.");
  expect(await said("fr", done)).toBe("Ana vous a donné le rôle d’administrateur.");
});

it("knows one who joined from several", async () => {
  expect(await said("es", [{ did: "joined", whom: [ana] }])).toBe("Ana se ha unido.");
  expect(await said("es", [{ did: "joined", whom: [ana, { name: "Ben" }] }])).toBe("Ana y Ben se han unido.");
});

it("falls back to the sentence of the node for what it does not know", async () => {
  expect(await said("fr", [{ did: "flew" as Happening["did"], by: ana }])).toBe("in English");
  expect(await said("fr", [])).toBe("in English");
});
