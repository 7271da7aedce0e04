import { describe, expect, it } from "vitest";
import type { Row } from "~/stream/model.ts";
import { drop, extend, toggle, type Selection } from "./selection.ts";

const row = (id: string, kind: Row["kind"] = "text", conversation = "c_1") => ({ id, key: id, kind, conversation }) as Row;
const rows = [row("1"), row("2"), row("3", "notice"), row("4"), row("5")];
const none: Selection = { conversation: undefined, ids: [], last: undefined };
const at = (index: number) => rows[index] as Row;

describe("the selection", () => {
  it("takes a message in and out", () => {
    const one = toggle(none, at(0));
    expect(one.ids).toEqual(["1"]);
    expect(toggle(toggle(one, at(1)), at(0)).ids).toEqual(["2"]);
    expect(toggle(one, at(0))).toEqual(none);
  });

  it("goes from the last choice to a message, either way, over texts alone", () => {
    expect(extend(toggle(none, at(0)), at(4), rows).ids).toEqual(["1", "2", "4", "5"]);
    expect(extend(toggle(none, at(4)), at(1), rows).ids.toSorted()).toEqual(["2", "4", "5"]);
    expect(extend(none, at(1), rows).ids).toEqual(["2"]);
  });

  it("is of one conversation", () => {
    const other = row("9", "text", "c_2");
    expect(toggle(toggle(none, at(0)), other)).toEqual({ conversation: "c_2", ids: ["9"], last: "9" });
  });

  it("ends with its last message", () => {
    expect(drop(toggle(none, at(0)), "1")).toEqual(none);
    expect(drop(toggle(none, at(0)), "7").ids).toEqual(["1"]);
  });
});
