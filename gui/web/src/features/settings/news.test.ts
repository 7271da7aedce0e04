import { describe, expect, it } from "vitest";
import { message } from "~/stream/fixtures/build.ts";
import { News, ThreadNews } from "./news.ts";

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

describe("news of threads", () => {
  const grown = (unread: number, id: string, followed = true) => ({ id: "root", followed, answers: { count: 1, faces: [], followed, last_at: "", unread }, last: { id, text: "" } });

  it("is a message with which a followed thread has more unread", () => {
    const news = new ThreadNews();
    news.heard(message("one", { thread: "root" }));
    expect(ids(news.grew(grown(1, "one")))).toEqual(["one"]);
    expect(ids(news.grew(grown(1, "one")))).toEqual([]);
    news.heard(message("two", { thread: "root" }));
    expect(ids(news.grew(grown(2, "two", false)))).toEqual([]);
  });

  it("is not what was read, edited or came before the page", () => {
    const news = new ThreadNews();
    expect(ids(news.grew(grown(3, "old")))).toEqual([]);
    news.heard(message("old", { thread: "root", again: true }));
    expect(ids(news.grew(grown(4, "old")))).toEqual([]);
    news.heard(message("new", { thread: "root" }));
    expect(ids(news.grew(grown(0, "new")))).toEqual([]);
  });
});
