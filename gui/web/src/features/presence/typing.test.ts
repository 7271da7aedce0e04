import { afterEach, describe, expect, it, vi } from "vitest";
import { reduce } from "~/stream/reducer.ts";
import { chat, message, signedIn } from "~/stream/fixtures/build.ts";
import { partOf } from "~/stream/slices.ts";
import { changeSlice, dispatch, readSlice } from "~/stream/store.ts";
import { time, typing, writersIn } from "./typing.ts";
import { typingLine } from "./words.ts";

const frame = (account: string, name = account) => ({ type: "frame", frame: { seq: 1, type: "typing", data: { conversation: chat, account, name, for: 6 } } }) as const;

describe("who writes", () => {
  afterEach(() => {
    vi.useRealTimers();
    changeSlice(typing, () => ({}));
  });

  it("is each person once, until their message comes", () => {
    let state = signedIn();
    for (const one of ["a_1", "a_2", "a_1"]) state = reduce(state, frame(one));
    expect(writersIn(partOf(state, typing), chat).map((one) => one.account)).toEqual(["a_2", "a_1"]);
    const said = message("m_1", { author: "a_2" });
    state = reduce(state, { type: "frame", frame: { seq: 2, type: "message", data: { ...said, conversation: chat } as never } });
    expect(writersIn(partOf(state, typing), chat).map((one) => one.account)).toEqual(["a_1"]);
  });

  it("is over by itself, unless it is said again", () => {
    vi.useFakeTimers();
    dispatch(frame("a_1"));
    dispatch(frame("a_2"));
    time();
    vi.advanceTimersByTime(5000);
    dispatch(frame("a_1"));
    time();
    vi.advanceTimersByTime(2000);
    expect(writersIn(readSlice(typing), chat).map((one) => one.account)).toEqual(["a_1"]);
    vi.advanceTimersByTime(4000);
    expect(readSlice(typing)).toEqual({});
  });

  it("names three people and no more", () => {
    const plain = (text: string) => text.replace(/[\u2068\u2069]/g, "");
    expect(plain(typingLine(["Ana"], false))).toBe("Ana is writing…");
    expect(plain(typingLine(["Ana", "Ben"], false))).toBe("Ana and Ben are writing…");
    expect(plain(typingLine(["Ana", "Ben", "Cy"], false))).toBe("Ana, Ben and Cy are writing…");
    expect(typingLine(["Ana", "Ben", "Cy", "Di"], false)).toBe("Several people are writing…");
    expect(typingLine(["Ana"], true)).toBe("Writing…");
  });
});
