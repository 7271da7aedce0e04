// Which look a part of code has, by the highlighter's name for it. A closed
// list: no name from outside becomes a class.
const LOOKS: Readonly<Record<string, string>> = {
  keyword: "word", "selector-tag": "word", section: "word", doctag: "word",
  string: "text", regexp: "text", char: "text", "meta.string": "text",
  number: "value", literal: "value", symbol: "value", bullet: "value",
  comment: "note", quote: "note", meta: "note",
  title: "name", "title.function": "name", "title.class": "name", name: "name", link: "name",
  type: "kind", built_in: "kind", "selector-class": "kind", "selector-id": "kind", template_tag: "kind",
  attr: "part", attribute: "part", property: "part", variable: "part", "template-variable": "part", params: "",
  addition: "more", deletion: "less",
};

export function lookOf(scope: string): string {
  return LOOKS[scope] ?? LOOKS[scope.split(".")[0] ?? ""] ?? "";
}
