import { describe, expect, it } from "vitest";
import type { Sync, SyncNode } from "~/api/types.ts";
import { missingFirst, nodeName, nodeState, syncLine } from "./sync.ts";

const node = (peer: string, change: Partial<SyncNode> = {}): SyncNode => ({ peer, accounts: [], members: 0, connected: true, state: "in_sync", behind: 0, ...change });
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

describe("a node of a group", () => {
  const names: Record<string, string> = { a: "Ann", b: "Bob", c: "Cem" };
  const named = (accounts: string[], members: number) =>
    nodeName(node("12D3KooWxyz12345", { accounts, members }), (acct) => names[acct]).replace(/[\u2068\u2069]/g, "");

  it("is called by those who live on it", () => {
    expect(named(["a"], 1)).toBe("Ann’s node");
    expect(named(["a", "b"], 2)).toBe("Node of Ann and Bob");
    expect(named(["a", "b", "c"], 3)).toBe("Node of Ann, Bob and Cem");
    expect(named(["a", "b", "x"], 5)).toBe("Node of Ann, Bob and 3 more");
    expect(named(["a", "b", "c"], 9)).toBe("Node of Ann, Bob and 7 more");
    expect(named(["x", "y"], 2)).toBe("Node of 2 members");
    expect(named([], 0)).toBe("Node …xyz12345");
  });

  it("is in sync, behind, or not reached", () => {
    const state = (change: Partial<SyncNode>) => nodeState(node("p", change)).text.replace(/[\u2068\u2069]/g, "");
    expect(state({})).toBe("In sync");
    expect(state({ state: "behind", behind: 1 })).toBe("Behind by 1 message");
    expect(state({ state: "unknown" })).toBe("Connected, not compared yet");
    expect(state({ connected: false })).toBe("Not reached yet");
    expect(state({ connected: false, last_seen: "2026-03-01T10:00:00Z" })).toMatch(/^Not reached since /);
    expect(state({ connected: false, state: "behind", behind: 4 })).toBe("Not reached yet, behind by 4 messages");
  });
});
