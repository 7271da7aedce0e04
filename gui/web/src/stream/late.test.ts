import { expect, it } from "vitest";
import type { Message } from "~/api/types.ts";
import { chat, message, mine, signedIn } from "./fixtures/build.ts";
import type { Action, State } from "./model.ts";
import { reduce } from "./reducer.ts";
import { rowsOf } from "./selectors.ts";

const at = (minute: number) => `2026-03-01T10:0${minute}:00.000Z`;
const said = (id: string, minute: number, change: Partial<Message> = {}) => message(id, { place: `P${minute}`, sent_at: at(minute), ...change });
const comes = (state: State, one: Message) => reduce(state, { type: "frame", frame: { seq: 1, type: "message", data: one } });
const shown = (state: State) => rowsOf(state, chat).map((row) => `${row.id}${row.late ? " late" : ""}`);
const told = (state: State) => state.timelines[chat]?.late;
const page = (items: Message[], more: { next?: string; newer?: string } = {}): Action => ({ type: "page", conversation: chat, page: { items, ...more }, how: "window" });

const read = signedIn(said("m_1", 1), said("m_3", 3), said("m_5", 5));

it("stands where it belongs, is marked and told of", () => {
  const state = comes(read, said("m_2", 2));
  expect(shown(state)).toEqual(["m_1", "m_2 late", "m_3", "m_5"]);
  expect(told(state)).toEqual(["m_2"]);
  expect(shown(comes(state, said("m_4", 4)))).toEqual(["m_1", "m_2 late", "m_3", "m_4 late", "m_5"]);
});

it("is one row, however often it comes, and keeps its mark", () => {
  const twice = comes(comes(read, said("m_2", 2)), said("m_2", 2, { text: "now read" }));
  expect(shown(twice)).toEqual(["m_1", "m_2 late", "m_3", "m_5"]);
  expect(told(twice)).toEqual(["m_2"]);
  expect(shown(reduce(twice, page([said("m_1", 1), said("m_2", 2), said("m_3", 3)])))).toEqual(["m_1", "m_2 late", "m_3"]);
});

it("stands above what the node has not taken yet, and that alone makes nothing late", () => {
  const writing = reduce(read, { type: "write", key: "k1", conversation: chat, text: "mine", at: at(6), author: mine });
  expect(shown(comes(writing, said("m_7", 7)))).toEqual(["m_1", "m_3", "m_5", "m_7", ""]);
  expect(shown(comes(writing, said("m_2", 2)))).toEqual(["m_1", "m_2 late", "m_3", "m_5", ""]);
});

it("is not late when it is one's own, a notice, shown anew or as old as the newest", () => {
  const others = [said("m_2", 2, { author: mine }), said("m_2", 2, { kind: "notice" }), said("m_2", 2, { again: true }), said("m_2", 2, { sent_at: at(5) })];
  for (const one of others) {
    const state = comes(read, one);
    expect(shown(state)).toEqual(["m_1", "m_2", "m_3", "m_5"]);
    expect(told(state)).toEqual([]);
  }
});

it("of a page that is not held is told of and comes marked with its page", () => {
  const high = reduce(signedIn(), page([said("m_5", 5), said("m_6", 6)], { next: "older" }));
  const state = comes(high, said("m_2", 2));
  expect(shown(state)).toEqual(["m_5", "m_6"]);
  expect(told(state)).toEqual(["m_2"]);
  expect(shown(reduce(state, page([said("m_1", 1), said("m_2", 2)], { newer: "newer" })))).toEqual(["m_1", "m_2 late"]);
});

it("among what is held is taken while newer ones wait below", () => {
  const low = reduce(signedIn(), page([said("m_1", 1), said("m_5", 5)], { newer: "newer" }));
  expect(shown(comes(low, said("m_3", 3)))).toEqual(["m_1", "m_3 late", "m_5"]);
  expect(shown(comes(low, said("m_8", 8)))).toEqual(["m_1", "m_5"]);
});

it("is told of until somebody was there", () => {
  const state = comes(comes(read, said("m_2", 2)), said("m_4", 4));
  const seen = reduce(state, { type: "late-seen", conversation: chat, ids: ["m_2", "m_9"] });
  expect(told(seen)).toEqual(["m_4"]);
  expect(reduce(seen, { type: "late-seen", conversation: chat, ids: ["m_2"] })).toBe(seen);
});
