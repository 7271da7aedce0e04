import { expect, it } from "vitest";
import type { Message, Pin } from "~/api/types.ts";
import { marks, type Marks } from "./state.ts";

const message = (id: string, text: string, kind = "text") => ({ id, text, kind, conversation: "c" }) as unknown as Message & never;
const part: Marks = { stars: {}, starring: 0, pins: { c: [{ message: message("m", "old") } as unknown as Pin], d: [] } };

it("a star is kept, and lists of stars are read again", () => {
  const next = marks.frames.star!(part, { conversation: "c", message: "m", starred: true });
  expect([next.stars["m"], next.starring]).toEqual([true, 1]);
});

it("pins that changed are forgotten, those of other chats stay", () => {
  expect(Object.keys(marks.frames.pins!(part, { conversation: "c", message: "m" }).pins)).toEqual(["d"]);
});

it("a pin shows what its message says now", () => {
  expect(marks.frames.message!(part, message("m", "new")).pins["c"]?.[0]?.message.text).toBe("new");
  expect(marks.frames.message!(part, message("other", "new"))).toBe(part);
  expect(marks.frames.message!(part, message("m", "", "deleted")).pins["c"]).toBeUndefined();
});
