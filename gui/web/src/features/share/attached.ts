// The picture that goes with what is being written in each conversation and each thread.
import type { Message, SendExtra } from "~/api/types.ts";
import type { Drawn } from "~/kit/drawing.ts";
import { sliceState } from "~/stream/slices.ts";
import { changeSlice, readSlice } from "~/stream/store.ts";

export type Refusal = "file" | "large" | "many";

export interface Attached {
  readonly picture?: Drawn;
  readonly alt: string;
  readonly text: string; // stands for the picture where nothing was written
  readonly busy?: boolean;
  readonly problem?: Refusal;
}

type All = Readonly<Record<string, Attached | undefined>>;

export const attached = sliceState<All>({ name: "picture", initial: {}, frames: {} });

export function setAttached(place: string, one: Attached | undefined): void {
  changeSlice(attached, ({ [place]: _old, ...rest }) => (one ? { ...rest, [place]: one } : rest));
}

// alone is the text of a message for which nothing was written.
export function alone(place: string): string | undefined {
  const one = readSlice(attached)[place];
  return one?.picture && one.text;
}

// gone lets a picture go that is on its way; one that is still being made stays for the next message.
export function gone(place: string): void {
  if (readSlice(attached)[place]?.picture) setAttached(place, undefined);
}

// LocalPicture is one that the page has drawn itself and need not ask for.
export type LocalPicture = NonNullable<Message["picture"]> & { readonly data?: string };

// goes is the picture that a message is sent with.
export function goes(place: string, text: string): { send: SendExtra; row: Partial<Message> } | undefined {
  const one = readSlice(attached)[place];
  if (!one?.picture) return undefined;
  const { data, type, width, height, bytes } = one.picture;
  const alt = one.alt.trim();
  const said = { ...(alt && { alt }), ...(one.text === text ? { alone: true } : {}) };
  const picture = { type, width, height, bytes, data, ...said } as LocalPicture;
  return { send: { picture: { data, ...said } }, row: { picture } };
}
