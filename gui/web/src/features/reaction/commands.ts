// What a person can do with reactions.
import { asApiError } from "~/api/errors.ts";
import { api, call } from "~/api/http.ts";
import type { Reactor } from "~/api/types.ts";
import { sayNow } from "~/kit/a11y/live.tsx";
import type { Row } from "~/stream/model.ts";
import { changeSlice, getState, readSlice } from "~/stream/store.ts";
import { pending, put, signKey, withPending } from "./pending.ts";
import { t } from "./text.ts";

export interface SignOf {
  readonly emoji: string;
  readonly picture?: string | undefined;
}

// react puts an emoji to a message, or takes it away where the person has put it there.
export async function react(row: Row, sign: SignOf): Promise<void> {
  const { conversation, id: message } = row;
  const key = signKey(sign);
  const shown = withPending(row.reactions ?? [], readSlice(pending)[message]);
  const on = !shown.some((one) => one.mine && signKey(one) === key);
  want(message, key, on);
  const path = { conversation, message, emoji: sign.emoji };
  const route = "/api/v1/conversations/{conversation}/messages/{message}/reactions/{emoji}";
  try {
    const params = { path, query: sign.picture === undefined ? {} : { picture: sign.picture } };
    await call(on ? api.PUT(route, { params }) : api.DELETE(route, { params }));
  } catch (cause) {
    const error = asApiError(cause);
    sayNow(error.status === 0 ? t("failed.unreachable") : t("failed", { reason: error.detail }));
  }
  // The frame of the message says how it is now; this only ends the waiting where none comes.
  setTimeout(() => want(message, key, undefined), AFTER);
}

const AFTER = 1500; // milliseconds

function want(message: string, key: string, on: boolean | undefined): void {
  changeSlice(pending, (part) => {
    const { [key]: _old, ...rest } = part[message] ?? {};
    return put(part, message, on === undefined ? rest : { ...rest, [key]: on });
  });
}

// mayReact tells whether the node would take a reaction: members of a group may also where they may not write.
export function mayReact(row: Row): boolean {
  if (row.kind !== "text" || row.id === "") return false;
  const conversation = getState().conversations[row.conversation];
  if (!conversation) return false;
  return conversation.group ? conversation.group.state === "joined" && conversation.group.role !== "" : conversation.contact !== "blocked";
}

export interface Reactors {
  readonly items: readonly Reactor[];
  readonly next?: string | undefined;
}

// reactorsOf reads a page of who reacted.
export async function reactorsOf(conversation: string, message: string, before: string | undefined): Promise<Reactors> {
  return call(
    api.GET("/api/v1/conversations/{conversation}/messages/{message}/reactions", {
      params: { path: { conversation, message }, query: before === undefined ? {} : { before } },
    }),
  );
}
