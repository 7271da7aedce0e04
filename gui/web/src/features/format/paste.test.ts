import { describe, expect, it } from "vitest";
import { plain } from "~/kit/markup/plain.ts";
import { toMarks } from "./paste.ts";

describe("a paste of formatted text", () => {
  it.each([
    ["<p>a <b>b</b> <i>c</i> <s>d</s> <code>e</code></p>", "a **b** *c* ~~d~~ `e`"],
    ["<b> a </b>b", "**a** b"],
    ["<p>a</p><p><em>b</em></p>", "a\n\n*b*"],
    ["<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "- a\n- b\n  - c"],
    ["<ol start=3><li>a<li>b</ol>", "3. a\n4. b"],
    ["<blockquote><p>a</p><p>b</p></blockquote>", "> a\n> \n> b"],
    ["<pre>a\n  b\n</pre>", "```\na\n  b\n```"],
    ["<h2>a</h2>b<br>c", "## a\n\nb\nc"],
    ['<a href="https://a.example/x">b</a>', "[b](https://a.example/x)"],
    ['<b>c</b> <a href="javascript:trap()">b</a>', "**c** b"],
    ["<b>2*3*4 a_b [x]</b>", "**2\\*3\\*4 a_b \\[x\\]**"],
    ["<b>a</b><script>trap()</script><style>b</style>", "**a**"],
    ["<b>a</b><script>trap()", "**a**"],
    ["<!-- x --><b>&lt;a&gt; &#x41;&amp;</b> 1 < 2", "**<a> A&** 1 < 2"],
    ["<html><head><title>x</title></head><body><!--StartFragment--><b>a</b><!--EndFragment--></body></html>", "**a**"],
    ["<b>a", "**a**"],
  ])("makes marks of %s", (html, want) => {
    expect(toMarks(html)).toBe(want);
  });

  it.each(["a b", "<div>a</div><div>b</div>", "<span style='color:red'>a</span>", "<b style='font-weight:normal'>a</b>"])("leaves %s to the browser", (html) => {
    expect(toMarks(html)).toBeUndefined();
  });

  it("says what it said before", () => {
    for (const text of ["2 * 3 * 4", "a_b_c *d*", "**not** ||hidden||", "[a](https://b.example)", "back\\slash \\* `tick`"]) {
      const marks = toMarks(`<b>x</b> ${text.replaceAll("<", "&lt;")}`) ?? "";
      expect(plain(marks)).toBe(`x ${text}`);
    }
  });

  it("reads whatever it is given, in bounded work", () => {
    expect(toMarks(`<b>a</b>${" ".repeat(200_000)}`)).toBeUndefined();
    for (const part of ["<", "<a ", "<b>", "<div>", "</b>", "<!--", '<a href="', "<li>", "&amp;", "<script>", "<p><ul>"]) {
      const start = performance.now();
      toMarks(part.repeat(200_000 / part.length));
      expect(performance.now() - start, part).toBeLessThan(5000);
    }
  });
});
