import { beforeEach, expect, it, vi } from "vitest";
import { offer } from "./find.ts";
import { packs } from "./pack.ts";
import { changeSlice } from "~/stream/store.ts";

const one = (name: string) => ({ name, picture: "i_x", by: "a", by_name: "Ana", at: "2026-01-01T00:00:00Z" });

beforeEach(() => {
  vi.stubGlobal("fetch", () => Promise.reject(new Error("no node")));
  changeSlice(packs, () => ({ chat: { items: [one("big_rocket"), one("rocket-2")] }, empty: { items: [] } }));
});

it("offers emoji by the word behind a colon", async () => {
  expect((await offer("rocke", "empty"))[0]?.insert).toBe("🚀 ");
  expect((await offer("thumbs_up", "empty"))[0]?.label).toBe("👍");
  expect((await offer("tada:", "empty"))[0]?.label).toBe("🎉");
});

it("offers those of the chat first, and of them those that begin so", async () => {
  expect((await offer("rocke", "chat")).map((found) => found.insert).slice(0, 3)).toEqual([":rocket-2: ", ":big_rocket: ", "🚀 "]);
});

it("leaves what is no word alone", async () => {
  for (const typed of ["-)", "))", "", "a", "no such thing"]) expect(await offer(typed, "chat"), typed).toEqual([]);
});
