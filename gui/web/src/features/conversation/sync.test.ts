import { describe, expect, it } from "vitest";
import type { Sync, SyncNode } from "~/api/types.ts";
import { missingFirst, syncLine } from "./sync.ts";

const node = (peer: string, change: Partial<SyncNode> = {}): SyncNode => ({ peer, connected: true, state: "in_sync", behind: 0, ...change });
const line = (change: Partial<Sync>) => syncLine({ state: "in_sync", behind: 0, nodes: [], ...change }).text;

describe("the line about sync", () => {
  it("says what is missing before who is away", () => {
    const away = node("b", { connected: false });
    expect(line({ nodes: [node("a")] })).toBe("In sync");
    expect(line({ nodes: [node("a"), away] })).toBe("Not connected to 1 node");
    expect(line({ state: "behind", behind: 12, nodes: [away] })).toBe("Behind by 12 messages");
    expect(line({ state: "unknown" })).toBe("On this node only");
    expect(line({ state: "unknown", nodes: [node("a")] })).toBe("Comparing with the other nodes");
  });

  it("lists first the nodes that need a look", () => {
    const nodes = [node("a"), node("b", { state: "behind", behind: 3 }), node("c", { connected: false, state: "unknown" }), node("d", { state: "behind", behind: 9 })];
    expect(missingFirst(nodes).map((one) => one.peer)).toEqual(["c", "d", "b", "a"]);
  });
});
