// Whether the person wants previews, and the preview of what is being written
// in each conversation.
import { asApiError } from "~/api/errors.ts";
import { api, call } from "~/api/http.ts";
import type { LinkPreview, PreviewChoice } from "~/api/types.ts";
import { hostName } from "~/kit/markup/address.ts";
import { parse } from "~/kit/markup/parse.ts";
import type { Block, Inline } from "~/kit/markup/tree.ts";
import { sliceState } from "~/stream/slices.ts";
import { changeSlice, readSlice } from "~/stream/store.ts";

export interface Looked {
  readonly url: string;
  readonly preview: LinkPreview | undefined; // while it is looked for
}

interface Previews {
  readonly choice: PreviewChoice | undefined;
  readonly later: boolean; // the question was put off until the page is opened again
  readonly looked: Readonly<Record<string, Looked | undefined>>; // by place
  readonly refused: Readonly<Record<string, string | undefined>>; // the address that a person wants no preview of, by place
}

export const previews = sliceState<Previews>({
  name: "preview",
  initial: { choice: undefined, later: false, looked: {}, refused: {} },
  frames: {},
});

let reading = false;

// know reads what the person wants, when that is needed for the first time.
export async function know(): Promise<void> {
  if (reading || readSlice(previews).choice) return;
  reading = true;
  const choice = await call(api.GET("/api/v1/me/previews")).catch(() => undefined);
  reading = false;
  changeSlice(previews, (part) => ({ ...part, choice }));
}

// addressIn finds the first address of the web in a text.
export function addressIn(text: string): string | undefined {
  const { tree } = parse(text);
  const found = tree && firstOfBlocks(tree);
  return found !== undefined && text.includes(found) ? found : undefined;
}

function firstOfBlocks(blocks: readonly Block[]): string | undefined {
  for (const block of blocks) {
    const found =
      block.t === "p" || block.t === "h" ? firstOf(block.c)
      : block.t === "quote" ? firstOfBlocks(block.c)
      : block.t === "ul" || block.t === "ol" ? firstOfBlocks(block.c.flat())
      : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function firstOf(inline: readonly Inline[]): string | undefined {
  for (const one of inline) {
    if (typeof one === "string") continue;
    // What is covered stays covered: there is no preview of an address in a spoiler.
    const found = one.t === "auto" || one.t === "link" ? one.url : one.t === "em" || one.t === "strong" || one.t === "del" ? firstOf(one.c) : undefined;
    if (found !== undefined && /^https?:/i.test(found)) return found;
  }
  return undefined;
}

const set = (conversation: string, looked: Looked | undefined): void =>
  changeSlice(previews, (part) => ({ ...part, looked: { ...part.looked, [conversation]: looked } }));

// look asks the node for the preview of an address, if there is none yet. What
// has none is not asked for again while it stands there.
export async function look(conversation: string, url: string): Promise<void> {
  if (readSlice(previews).looked[conversation]?.url === url) return;
  set(conversation, { url, preview: undefined });
  const preview = await call(api.POST("/api/v1/previews", { body: { url } })).catch(() => undefined);
  if (readSlice(previews).looked[conversation]?.url !== url) return;
  set(conversation, { url, preview: preview ?? { url } });
}

export const forget = (conversation: string): void => set(conversation, undefined);

export function refuse(conversation: string, url: string): void {
  changeSlice(previews, (part) => ({ ...part, refused: { ...part.refused, [conversation]: url }, looked: { ...part.looked, [conversation]: undefined } }));
}

export const later = (): void => changeSlice(previews, (part) => ({ ...part, later: true }));

// choose keeps what the person wants, allow what the owner does. Both show at once, and are taken back where the node refuses;
// they answer what went wrong.
export const choose = (mode: "on" | "off"): Promise<string | undefined> => keep({ mode }, () => call(api.PUT("/api/v1/me/previews", { body: { mode } })));
export const allow = (allowed: boolean): Promise<string | undefined> =>
  keep({ allowed }, () => call(api.PUT("/api/v1/admin/previews", { body: { allowed } })));

async function keep(change: Partial<PreviewChoice>, save: () => Promise<unknown>): Promise<string | undefined> {
  const before = readSlice(previews).choice;
  const set = (choice: PreviewChoice | undefined) => changeSlice(previews, (part) => ({ ...part, choice }));
  set({ allowed: true, mode: "ask", ...before, ...change });
  try {
    await save();
    return undefined;
  } catch (cause) {
    set(before);
    return asApiError(cause).detail;
  }
}

// gone forgets what was found and refused for a message that is on its way.
export function gone(place: string): void {
  changeSlice(previews, (part) => ({ ...part, looked: { ...part.looked, [place]: undefined }, refused: { ...part.refused, [place]: undefined } }));
}

// goes is what a message is sent with: the preview that the person saw.
export function goes(place: string, text: string): { send: { preview: LinkPreview }; row: { preview: LinkPreview } } | undefined {
  const preview = readSlice(previews).looked[place]?.preview;
  if (!preview || !shows(preview) || !text.includes(preview.url)) return undefined;
  return { send: { preview }, row: { preview } };
}

// shows tells whether there is anything to show of a preview.
export const shows = ({ title, description, image }: LinkPreview): boolean => Boolean(title || description || image);

// hostOf is the host of an address as the browser will go to it.
export function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return hostName(url);
  }
}
