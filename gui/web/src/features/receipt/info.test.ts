import { describe, expect, it } from "vitest";
import { sorted } from "./info.ts";

describe("who has a message", () => {
  it("is told by how far it got, and of readers the last one first", () => {
    const one = (name: string, delivered: boolean, read_at?: string) => ({ account: `a_${name}`, name, delivered, ...(read_at === undefined ? {} : { read_at }) });
    const out = sorted([one("Di", false), one("Cy", true), one("Ana", true, "2026-03-04T10:00:00Z"), one("Ben", true, "2026-03-04T11:00:00Z"), one("Abe", true)]);
    expect(out.read.map((r) => r.name)).toEqual(["Ben", "Ana"]);
    expect(out.delivered.map((r) => r.name)).toEqual(["Abe", "Cy"]);
    expect(out.waiting.map((r) => r.name)).toEqual(["Di"]);
  });
});
