import { describe, expect, it } from "vitest";
import { message } from "~/stream/fixtures/build.ts";
import { News } from "./news.ts";

const chat = message("x").conversation;
const ids = (list: readonly { id: string }[]) => list.map((one) => one.id);

describe("news", () => {
  it("is a message with which more is unread, in either order", () => {
    const news = new News();
    expect(ids(news.heard(message("one"), 0))).toEqual([]);
    expect(ids(news.grew(chat, 1, 10))).toEqual(["one"]);
    expect(ids(news.grew(chat, 1, 20))).toEqual([]);
    expect(ids(news.heard(message("two"), 30))).toEqual(["two"]);
  });

  it("is not a message that is shown otherwise now", () => {
    const news = new News();
    news.heard(message("one"), 0);
    news.grew(chat, 1, 0);
    expect(ids(news.heard(message("one", { text: "edited" }), 10))).toEqual([]);
    expect(ids(news.heard(message("old", { text: "reacted to" }), 20))).toEqual([]);
    expect(ids(news.grew(chat, 1, 30 + 60_000))).toEqual([]);
  });

  it("is all of a burst", () => {
    const news = new News();
    for (const id of ["one", "two", "three"]) news.heard(message(id), 0);
    expect(ids(news.grew(chat, 3, 200))).toEqual(["one", "two", "three"]);
  });

  it("waits for what is missing of a burst", () => {
    const news = new News();
    news.heard(message("one"), 0);
    expect(ids(news.grew(chat, 2, 10))).toEqual(["one"]);
    expect(ids(news.heard(message("two"), 20))).toEqual(["two"]);
  });

  it("is told apart by conversation", () => {
    const news = new News();
    news.heard(message("one"), 0);
    expect(ids(news.grew("another", 1, 10))).toEqual([]);
  });
});
