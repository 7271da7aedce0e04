import { describe, expect, it } from "vitest";
import { message, mine } from "~/stream/fixtures/build.ts";
import type { Row } from "~/stream/model.ts";
import { editable, lastOwn } from "./editing.ts";

const row = (id: string, change: Partial<Row> = {}): Row => ({ ...message(id), key: id, ...change });

describe("editing", () => {
  it("is for own messages that the node has taken", () => {
    expect(editable(row("m_1", { author: mine }), mine)).toBe(true);
    expect(editable(row("m_1"), mine)).toBe(false);
    expect(editable(row("", { author: mine }), mine)).toBe(false);
    expect(editable(row("m_1", { author: mine, kind: "notice" }), mine)).toBe(false);
  });

  it("begins with the newest own message", () => {
    const rows = [row("m_1", { author: mine }), row("m_2", { author: mine }), row("m_3"), row("", { author: mine })];
    expect(lastOwn(rows, mine)?.id).toBe("m_2");
    expect(lastOwn([row("m_3")], mine)).toBeUndefined();
  });
});
