// What a person can do with marks.
import { asApiError } from "~/api/errors.ts";
import { api, call } from "~/api/http.ts";
import type { Star } from "~/api/types.ts";
import { sayNow } from "~/kit/a11y/live.tsx";
import type { Row } from "~/stream/model.ts";
import { RANK } from "~/stream/members.ts";
import { changeSlice, getState, readSlice } from "~/stream/store.ts";
import { marks, star as starred } from "./state.ts";
import { t } from "./text.ts";

const PIN = "/api/v1/conversations/{conversation}/messages/{message}/pin";
const STAR = "/api/v1/conversations/{conversation}/messages/{message}/star";

type Named = Pick<Row, "conversation" | "id">;

export async function setPin({ conversation, id: message }: Named, on: boolean): Promise<void> {
  const params = { path: { conversation, message } };
  await told(async () => {
    await call<unknown>(on ? api.PUT(PIN, { params }) : api.DELETE(PIN, { params }));
  });
}

// setStar shows the star at once, and takes it back where the node does not keep it.
export async function setStar({ conversation, id: message }: Named, on: boolean): Promise<void> {
  const params = { path: { conversation, message } };
  const show = (now: boolean) => changeSlice(marks, (part) => starred(part, { conversation, message, starred: now }));
  show(on);
  const kept = await told(async () => {
    await call<unknown>(on ? api.PUT(STAR, { params }) : api.DELETE(STAR, { params }));
  });
  if (!kept) show(!on);
}

async function told(run: () => Promise<void>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (cause) {
    const error = asApiError(cause);
    sayNow(error.status === 0 ? t("failed.unreachable") : t("failed", { reason: error.detail }));
    return false;
  }
}

export function isStarred(row: Row): boolean {
  return readSlice(marks).stars[row.id] ?? row.starred === true;
}

// mayPin tells whether the node would take a pin: in groups the policy says who may.
export function mayPin(row: Row): boolean {
  if (row.kind !== "text" || row.id === "") return false;
  const conversation = getState().conversations[row.conversation];
  const group = conversation?.group;
  if (!group) return conversation !== undefined && conversation.contact !== "blocked";
  return group.state === "joined" && group.role !== "" && RANK[group.role] >= RANK[group.policy.pin];
}

const reading = new Set<string>();

// loadPins reads the pins of a chat, unless they are known or being read.
export async function loadPins(conversation: string): Promise<void> {
  if (reading.has(conversation) || readSlice(marks).pins[conversation]) return;
  reading.add(conversation);
  try {
    const { items } = await call(api.GET("/api/v1/conversations/{conversation}/pins", { params: { path: { conversation } } }));
    changeSlice(marks, (part) => ({ ...part, pins: { ...part.pins, [conversation]: items } }));
  } catch {
    return; // the strip stays as it is; the next frame or connection reads again
  } finally {
    reading.delete(conversation);
  }
}

// starsPage reads a page of the starred messages, the newest star first.
export async function starsPage(before: string | undefined): Promise<{ items: readonly Star[]; next?: string | undefined }> {
  return call(api.GET("/api/v1/stars", { params: { query: before === undefined ? {} : { before } } }));
}
