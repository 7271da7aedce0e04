// Finds the parts of code that are shown in colours. What it is given is read
// and never run; it answers with texts and names of looks, no markup.
import core from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import kotlin from "highlight.js/lib/languages/kotlin";
import lua from "highlight.js/lib/languages/lua";
import makefile from "highlight.js/lib/languages/makefile";
import markdown from "highlight.js/lib/languages/markdown";
import perl from "highlight.js/lib/languages/perl";
import php from "highlight.js/lib/languages/php";
import python from "highlight.js/lib/languages/python";
import r from "highlight.js/lib/languages/r";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import shell from "highlight.js/lib/languages/shell";
import sql from "highlight.js/lib/languages/sql";
import swift from "highlight.js/lib/languages/swift";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import type { Done, Job, Piece } from "./colour.ts";
import { lookOf } from "./looks.ts";

const languages = { bash, c, cpp, csharp, css, diff, go, ini, java, javascript, json, kotlin, lua, makefile, markdown, perl, php, python, r, ruby, rust, shell, sql, swift, typescript, xml, yaml };

for (const [name, language] of Object.entries(languages)) core.registerLanguage(name, language);

// Collector takes what the highlighter finds as a flat list.
class Collector {
  readonly pieces: Piece[] = [];
  private readonly looks: string[] = [];

  addText(text: string): void {
    const look = this.looks.findLast((one) => one !== "") ?? "";
    const before = this.pieces.at(-1);
    if (before?.look === look) this.pieces[this.pieces.length - 1] = { look, text: before.text + text };
    else if (text !== "") this.pieces.push({ look, text });
  }

  startScope(scope: string): void {
    this.looks.push(lookOf(scope));
  }

  endScope(): void {
    this.looks.pop();
  }

  openNode(scope: string): void {
    this.startScope(scope);
  }

  closeNode(): void {
    this.endScope();
  }

  __addSublanguage(inner: Collector): void {
    for (const { text, look } of inner.pieces) {
      this.looks.push(look);
      this.addText(text);
      this.looks.pop();
    }
  }

  finalize(): void {}

  toHTML(): string {
    return "";
  }
}

core.configure({ __emitter: Collector as never });

onmessage = ({ data: { id, code, lang } }: MessageEvent<Job>) => {
  let pieces: readonly Piece[] | undefined;
  try {
    const { _emitter } = core.highlight(code, { language: lang, ignoreIllegals: true });
    pieces = (_emitter as unknown as Collector).pieces;
  } catch {
    pieces = undefined;
  }
  const whole = pieces?.map(({ text }) => text).join("") === code;
  postMessage({ id, pieces: whole ? pieces : undefined } satisfies Done);
};
