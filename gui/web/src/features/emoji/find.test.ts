import { expect, it } from "vitest";
import { offer } from "./find.ts";

it("offers emoji by the word behind a colon", async () => {
  expect((await offer("rocke"))[0]?.insert).toBe("🚀 ");
  expect((await offer("thumbs_up"))[0]?.label).toBe("👍");
  expect((await offer("tada:"))[0]?.label).toBe("🎉");
});

it("leaves what is no word alone", async () => {
  for (const typed of ["-)", "))", "", "a", "no such thing"]) expect(await offer(typed), typed).toEqual([]);
});
