// Every component that the kit gives away stands in the gallery.
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (folder: string): [string, string][] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx$/.test(name) && !/\.test\./.test(name))
    .map((name) => [name.replaceAll("\\", "/"), readFileSync(`${folder}/${name}`, "utf8")]);

const kit = read("src/kit").flatMap(([file, text]) =>
  [...text.matchAll(/^export (?:default )?(?:async )?function ([A-Z]\w*)/gm)].map(([, name]) => ({ file, name: name ?? "" })),
);
const gallery = read("gallery").map(([, text]) => text);

// shows tells whether a text takes a component from its file of the kit and draws it.
function shows(text: string, file: string, name: string): boolean {
  const path = `(?:from|import\\()\\s*"~/kit/${file.replaceAll(".", "\\.")}"`;
  return new RegExp(`\\b${name}\\b[^;]*${path}`).test(text) && new RegExp(`<${name}[\\s/>]`).test(text);
}

it("finds the components of the kit", () => {
  expect(kit.map(({ name }) => name)).toEqual(expect.arrayContaining(["Button", "QrCode", "MessageScroller"]));
});

it("shows every component of the kit", () => {
  const missing = kit.filter(({ file, name }) => !gallery.some((text) => shows(text, file, name)));
  expect(missing.map(({ file, name }) => `${name} of ${file}`)).toEqual([]);
});

it("shows nothing that it only takes", () => {
  expect(shows('import { Tag } from "~/kit/a.tsx";', "a.tsx", "Tag")).toBe(false);
  expect(shows('import { Tag } from "~/kit/b.tsx"; <Tag />', "a.tsx", "Tag")).toBe(false);
  expect(shows('import { Tag } from "~/kit/a.tsx"; <Tag />', "a.tsx", "Tag")).toBe(true);
});
