// The icon of the page has a dot while something is unread.
const MARK = "/mark.svg";

let mark: Promise<string> | undefined;
let shown: string | undefined; // the address of the icon with the dot
let wanted = false;

export async function showBadge(count: number): Promise<void> {
  wanted = count > 0;
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (!link || wanted === (shown !== undefined)) return;
  if (!wanted) return put(link, undefined);
  mark ??= fetch(MARK).then((answer) => answer.text());
  const drawing = await mark.catch(() => undefined);
  if (drawing === undefined || !wanted || shown !== undefined) return;
  const colour = getComputedStyle(document.documentElement).getPropertyValue("--danger").trim();
  const dot = `<circle cx="24" cy="8" r="8" fill="${colour}"/></svg>`;
  put(link, URL.createObjectURL(new Blob([drawing.replace("</svg>", dot)], { type: "image/svg+xml" })));
}

function put(link: HTMLLinkElement, dotted: string | undefined): void {
  if (shown !== undefined) URL.revokeObjectURL(shown);
  shown = dotted;
  link.href = dotted ?? MARK;
}
