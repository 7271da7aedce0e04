// The custom emoji of chats, as far as somebody looked for one, and what a person can change of them.
import { api, call } from "~/api/http.ts";
import type { CustomEmoji, LiveFrame } from "~/api/types.ts";
import { RANK } from "~/stream/members.ts";
import { sliceState } from "~/stream/slices.ts";
import { changeSlice, getState, readSlice } from "~/stream/store.ts";

export interface Pack {
  readonly items: readonly CustomEmoji[]; // by name
  readonly stale?: boolean; // it is read again where it is shown
}

export type Packs = Readonly<Record<string, Pack>>; // by conversation

type Changed = Extract<LiveFrame, { type: "emoji" }>["data"];

export const packs = sliceState<Packs>({
  name: "emoji",
  initial: {},
  frames: { emoji: changed },
  load: () => Promise.resolve((part) => Object.keys(part).reduce((now, conversation) => changed(now, { conversation }), part)), // frames may have been missed
});

// changed has a pack read again; until then it stays as it is.
export function changed(part: Packs, { conversation }: Changed): Packs {
  const old = part[conversation];
  return old ? { ...part, [conversation]: { ...old, stale: true } } : part;
}

const put = (conversation: string, items: readonly CustomEmoji[]) => changeSlice(packs, (part) => ({ ...part, [conversation]: { items } }));

const LIST = "/api/v1/conversations/{conversation}/emoji";
const ONE = "/api/v1/conversations/{conversation}/emoji/{name}";

const reading = new Map<string, Promise<void>>();

// loadPack reads the pack of a chat, unless it is known or being read.
export function loadPack(conversation: string): Promise<void> {
  const pack = readSlice(packs)[conversation];
  if (pack && !pack.stale) return Promise.resolve();
  const now = reading.get(conversation) ?? read(conversation).finally(() => reading.delete(conversation));
  reading.set(conversation, now);
  return now;
}

async function read(conversation: string): Promise<void> {
  try {
    const { items } = await call(api.GET(LIST, { params: { path: { conversation } } }));
    put(conversation, items);
  } catch {
    return; // names stay text; the next frame or connection reads again
  }
}

// packOf gives the pack of a chat, read where it is not known.
export async function packOf(conversation: string): Promise<readonly CustomEmoji[]> {
  await loadPack(conversation);
  return readSlice(packs)[conversation]?.items ?? [];
}

export async function setEmoji(conversation: string, name: string, picture: string): Promise<void> {
  const { items } = await call(api.PUT(ONE, { params: { path: { conversation, name } }, body: { picture } }));
  put(conversation, items);
}

export async function removeEmoji(conversation: string, name: string): Promise<void> {
  const { items } = await call(api.DELETE(ONE, { params: { path: { conversation, name } } }));
  put(conversation, items);
}

export async function renameEmoji(conversation: string, name: string, to: string): Promise<void> {
  const { items } = await call(api.POST(`${ONE}/rename`, { params: { path: { conversation, name } }, body: { to } }));
  put(conversation, items);
}

// pathOf is where the node serves the picture; another picture of the same name has another address.
export function pathOf(conversation: string, { name, picture }: Pick<CustomEmoji, "name" | "picture">): string {
  return `/api/v1/conversations/${conversation}/emoji/${name}/picture?picture=${picture}`;
}

// mayChange tells whether the node would take a change: in groups the policy says who may.
export function mayChange(conversation: string): boolean {
  const talk = getState().conversations[conversation];
  const group = talk?.group;
  if (!group) return talk !== undefined && talk.contact !== "blocked";
  return group.state === "joined" && group.role !== "" && RANK[group.role] >= RANK[group.policy.edit];
}

export const MOST = 100;
export const NAME = /^[a-z0-9_-]{2,32}$/;

// nameFrom makes a name of that of a file.
export function nameFrom(file: string): string {
  return file.replace(/\.[^.]*$/, "").toLowerCase().replace(/[^a-z0-9_-]+/g, "_").replace(/^_+|_+$/g, "").slice(0, 32);
}
