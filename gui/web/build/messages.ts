// Compiles message files at build time, so that the page carries no parser.
//
// `features/contact/messages.en.json` becomes a module whose default export
// maps each id to its compiled form (see src/i18n/format.ts). All files of
// another locale join into one module, `virtual:messages/es`, which the page
// loads before the first paint when that locale is chosen.
import { parse, TYPE, type MessageFormatElement } from "@formatjs/icu-messageformat-parser";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Plugin } from "vite";
import type { Compiled, Part } from "../src/i18n/format.ts";

const FILE = /[\\/]messages\.([a-z]{2}(?:-[A-Z]{2})?)\.json$/;
const VIRTUAL = "virtual:messages/";

export function messages(): Plugin {
  let source = "";
  return {
    name: "conclave-messages",
    enforce: "pre",
    configResolved(config) {
      source = path.join(config.root, "src");
    },
    resolveId(id) {
      return id.startsWith(VIRTUAL) ? `\0${id}` : null;
    },
    load(id) {
      if (!id.startsWith(`\0${VIRTUAL}`)) return null;
      const locale = id.slice(VIRTUAL.length + 1);
      const all: Record<string, Record<string, Compiled>> = {};
      for (const file of messageFiles(source, locale)) {
        all[namespaceOf(file)] = compileFile(readFileSync(file, "utf8"), file);
      }
      return `export default ${JSON.stringify(all)}`;
    },
    transform(code, id) {
      if (!FILE.test(id)) return null;
      return { code: `export default ${JSON.stringify(compileFile(code, id))}`, map: null, moduleType: "js" };
    },
  };
}

// namespaceOf names the folder that owns a message file.
export function namespaceOf(file: string): string {
  return path.basename(path.dirname(file));
}

function messageFiles(source: string, locale: string): string[] {
  return readdirSync(source, { recursive: true, encoding: "utf8" })
    .map((file) => path.join(source, file))
    .filter((file) => FILE.exec(file)?.[1] === locale);
}

function compileFile(text: string, file: string): Record<string, Compiled> {
  const raw = JSON.parse(text) as Record<string, string>;
  return Object.fromEntries(
    Object.entries(raw).map(([id, message]) => {
      try {
        return [id, compile(message)];
      } catch (cause) {
        throw new Error(`${file}: message ${id}: ${String(cause)}`, { cause });
      }
    }),
  );
}

// compile turns one ICU message into its compiled form.
export function compile(message: string): Compiled {
  const parts = parse(message, { requiresOtherClause: true }).map(part);
  const [only] = parts;
  if (parts.length === 0) return "";
  return parts.length === 1 && typeof only === "string" ? only : parts;
}

function part(element: MessageFormatElement): Part {
  switch (element.type) {
    case TYPE.literal:
      return element.value;
    case TYPE.argument:
      return ["arg", element.value];
    case TYPE.pound:
      return ["pound"];
    case TYPE.plural:
      return [
        "plural",
        element.value,
        element.offset,
        element.pluralType ?? "cardinal",
        options(element.options),
      ];
    case TYPE.select:
      return ["select", element.value, options(element.options)];
    case TYPE.tag:
      return ["tag", element.value, element.children.map(part)];
    default:
      throw new Error("this kind of argument is not used here; format the value before passing it");
  }
}

function options(from: Record<string, { value: MessageFormatElement[] }>): Record<string, Part[]> {
  return Object.fromEntries(Object.entries(from).map(([key, option]) => [key, option.value.map(part)]));
}
