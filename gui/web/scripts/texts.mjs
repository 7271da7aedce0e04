// Holds the languages of the page to one another: each text of English exists in every other language, takes the same values in the
// same kinds of places, and is not English that somebody forgot. What is rightly the same word for word stands in same.json.
import { parse, TYPE } from "@formatjs/icu-messageformat-parser";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export const LANGUAGES = ["es", "fr"];

// compare gives the breaches of one file of texts. `same` holds the ids that may read as in English.
export function compare(english, other, same = []) {
  const found = [];
  for (const [id, text] of Object.entries(english)) {
    if (!(id in other)) {
      found.push(`${id}: missing`);
      continue;
    }
    const [wanted, got] = [shape(text), shape(other[id])];
    if (wanted !== got) found.push(`${id}: takes ${got || "nothing"}, English takes ${wanted || "nothing"}`);
    const alike = text === other[id] && /\p{L}/u.test(words(text));
    if (alike && !same.includes(id)) found.push(`${id}: the same as in English`);
    if (!alike && same.includes(id)) found.push(`${id}: listed as the same as in English, and is not`);
  }
  for (const id of Object.keys(other)) if (!(id in english)) found.push(`${id}: English has no such text`);
  for (const id of same) if (!(id in english)) found.push(`${id}: listed as the same, and English has no such text`);
  return found;
}

// shape names the values of a text and how they are used. The categories of a plural are a language's own; its exact numbers and the
// cases of a choice are not.
function shape(text) {
  const seen = new Set();
  const walk = (elements) => {
    for (const element of elements) {
      if (element.type === TYPE.argument) seen.add(`{${element.value}}`);
      if (element.type === TYPE.tag) {
        seen.add(`<${element.value}>`);
        walk(element.children);
      }
      if (element.type === TYPE.plural || element.type === TYPE.select) {
        const cases = Object.keys(element.options).filter((key) => element.type === TYPE.select || key.startsWith("="));
        seen.add(`{${element.value}, ${element.type === TYPE.select ? "select" : `plural ${element.pluralType} ${element.offset}`}, ${cases.sort().join(" ")}}`);
        for (const option of Object.values(element.options)) walk(option.value);
      }
    }
  };
  walk(parse(text, { requiresOtherClause: true }));
  return [...seen].sort().join(" ");
}

// words are what stands in a text beside its values.
function words(text) {
  const walk = (elements) =>
    elements
      .map((element) => {
        if (element.type === TYPE.literal) return element.value;
        if (element.type === TYPE.tag) return walk(element.children);
        return element.options ? Object.values(element.options).map((option) => walk(option.value)).join(" ") : "";
      })
      .join(" ");
  return walk(parse(text, { requiresOtherClause: true }));
}

// typography names what a printer of the language would mend.
export function typography(language, text) {
  if (/\p{L}'\p{L}/u.test(text)) return "a straight apostrophe: use ’";
  if (/"/.test(text)) return "straight quotation marks: use « »";
  if (language === "fr" && /[ \p{L}][:;!?»](?:\s|$)|«[ \p{L}]/u.test(text)) return "a space that breaks, or none, beside : ; ! ? « »";
  if (language === "es" && /\?(?:\s|$)/.test(text) && !text.includes("¿")) return "a question without ¿";
  return undefined;
}

// checkAll gives the breaches of all files under a folder.
export function checkAll(root) {
  const same = JSON.parse(readFileSync(path.join(import.meta.dirname, "same.json"), "utf8"));
  const found = [];
  const read = (file) => JSON.parse(readFileSync(file, "utf8"));
  const folders = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => path.basename(name) === "messages.en.json")
    .map((name) => path.dirname(name).split(path.sep).join("/"));
  const names = folders.map((folder) => path.posix.basename(folder));
  for (const name of names.filter((one, index) => names.indexOf(one) !== index)) found.push(`two folders of texts are called ${name}`);
  for (const folder of folders) {
    const english = read(path.join(root, folder, "messages.en.json"));
    for (const language of LANGUAGES) {
      const file = path.join(root, folder, `messages.${language}.json`);
      const other = existsSync(file) ? read(file) : {};
      const listed = same[language]?.[path.posix.basename(folder)] ?? [];
      for (const [id, text] of Object.entries(other)) {
        const rule = typography(language, text);
        if (rule) found.push(`src/${folder}/messages.${language}.json: ${id}: ${rule}`);
      }
      for (const breach of compare(english, other, listed)) found.push(`src/${folder}/messages.${language}.json: ${breach}`);
    }
  }
  return found;
}
