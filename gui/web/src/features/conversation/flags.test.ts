import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Conversation } from "~/api/types.ts";
import { chat, conversation, flags, me } from "~/stream/fixtures/build.ts";
import { dispatch, getState } from "~/stream/store.ts";
import { setFlags } from "./flags.ts";

let answer: (response: Response) => void;
const now = () => getState().conversations[chat] as Conversation;
const kept = (change: Parameters<typeof flags>[0], order: string) => conversation({ flags: flags(change), order });

beforeEach(() => {
  vi.stubGlobal("fetch", () => new Promise<Response>((done) => (answer = done)));
  dispatch({ type: "signed-out", why: "never" });
  dispatch({ type: "snapshot", me: me(), contacts: [], conversations: [conversation()] });
});

afterEach(() => vi.unstubAllGlobals());

it("shows a change at once, and then what the node made of it", async () => {
  const asked = setFlags(now(), { favourite: true });
  expect(now().flags.favourite).toBe(true);
  answer(Response.json(kept({ favourite: true, pinned: 2 }, "7")));
  await asked;
  expect(now()).toMatchObject({ order: "7", flags: { favourite: true, pinned: 2 } });
});

it("keeps what the stream told before the answer came", async () => {
  const asked = setFlags(now(), { pinned: 1 });
  dispatch({ type: "conversation", conversation: kept({ pinned: 2 }, "2") }); // another one was pinned in front of it since
  answer(Response.json(kept({ pinned: 1 }, "1")));
  await asked;
  expect(now()).toMatchObject({ order: "2", flags: { pinned: 2 } });
});

it("shows it as it was when the node refuses, unless it knows better", async () => {
  const refusal = () => Response.json({ title: "no", status: 409, code: "conflict", detail: "no" }, { status: 409 });
  const one = setFlags(now(), { favourite: true });
  answer(refusal());
  await one;
  expect(now().flags.favourite).toBe(false);
  const other = setFlags(now(), { favourite: true });
  dispatch({ type: "conversation", conversation: kept({ favourite: false, archived: true }, "9") });
  answer(refusal());
  await other;
  expect(now()).toMatchObject({ order: "9", flags: { archived: true } });
});
