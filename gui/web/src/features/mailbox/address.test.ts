import { describe, expect, it } from "vitest";
import { fault, hostOf } from "./address.ts";

const one = "/ip4/192.0.2.7/tcp/8422/p2p/12D3KooWAnn";
const other = "/dns4/box.example/udp/8422/quic-v1/p2p/12D3KooWBox";

describe("the address of a mailbox", () => {
  it.each([
    [one, [], undefined],
    [other, [one], undefined],
    ["", [], "missing"],
    ["box.example", [], "shape"],
    ["https://box.example/", [], "shape"],
    ["/ip4/192.0.2.7/tcp/8422", [], "shape"],
    [`${one}/tail`, [], "shape"],
    ["/dns4/elsewhere.example/tcp/8422/p2p/12D3KooWAnn", [one], "twice"],
  ])("%s beside %j: %s", (address, others, want) => expect(fault(address, others)).toBe(want));

  it("names the machine", () => {
    expect([hostOf(one), hostOf(other), hostOf("nonsense")]).toEqual(["192.0.2.7", "box.example", "nonsense"]);
  });
});
