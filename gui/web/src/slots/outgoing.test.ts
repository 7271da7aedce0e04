import { beforeEach, expect, it } from "vitest";
import { alone, edited, letGo, outgoing } from "./outgoing.ts";
import { hang } from "./slots.ts";

// held is what a feature keeps of the writing, by place.
let held: Record<string, "important" | "urgent">;

beforeEach(() => {
  held = { c: "important", "c/root": "urgent" };
  hang([
    {
      sendParts: [
        {
          id: "priority",
          goes: ({ place }) => {
            const priority = held[place];
            return priority && { send: { priority }, row: { priority } };
          },
          gone: (place) => delete held[place],
          alone: (place) => held[place] && "Nothing was written",
        },
        { id: "mention", goes: (_, text) => (text.includes("@") ? { send: { all: true } } : undefined), edited: () => ({ here: true }) },
      ],
    },
  ]);
});

const main = { conversation: "c", place: "c" };
const thread = { conversation: "c", thread: "root", place: "c/root" };

it("gathers what goes with a text, and changes nothing by that", () => {
  const want = { conversation: "c", text: "@all", reply: undefined, send: { priority: "important", all: true }, shown: { priority: "important" } };
  expect([outgoing(main, "@all"), outgoing(main, "@all")]).toEqual([want, want]);
});

it("keeps a conversation and its threads apart", () => {
  expect(outgoing(thread, "hello").send).toEqual({ thread: "root", priority: "urgent" });
  letGo("c/root");
  expect(outgoing(thread, "hello")).toMatchObject({ send: { thread: "root" }, shown: { thread: "root" } });
  expect([alone("c"), alone("c/root")]).toEqual(["Nothing was written", undefined]);
  expect(outgoing(main, "hello").send).toEqual({ priority: "important" });
});

it("gives what goes with another text", () => {
  expect(edited({ conversation: "c", text: "before" }, "after")).toEqual({ here: true });
});
