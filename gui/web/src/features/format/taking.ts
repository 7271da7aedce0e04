// Takes what is pasted when it is formatted. How it becomes marks is loaded
// with the first paste that is.
import type { Compose } from "~/slots/types.ts";

const FORMATTED = /<(?:b|strong|i|em|s|del|strike|code|kbd|samp|pre|blockquote|ul|ol|h[1-6]|hr|a)[\s>]/i;

// take replaces the selection by what was copied, with marks for its form.
export function take(data: DataTransfer, compose: Compose): boolean {
  const html = data.getData("text/html");
  const text = data.getData("text/plain");
  if (data.files.length > 0 || !FORMATTED.test(html)) return false;
  const { from, to } = compose.caret();
  void import("./paste.ts").then(({ toMarks }) => compose.replace(from, to, toMarks(html) ?? text), () => compose.replace(from, to, text));
  return true;
}
