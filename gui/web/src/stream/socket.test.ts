import { beforeEach, describe, expect, it } from "vitest";
import { LiveSocket } from "./socket.ts";

// A socket that the test speaks through.
class Wire {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  closed = false;
  constructor(readonly url: string) {}
  close(): void {
    this.closed = true;
  }
  says(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  drops(code: number): void {
    this.onclose?.({ code });
  }
}

let wires: Wire[];
let waits: { milliseconds: number; go(): void; cancelled: boolean }[];
let heard: string[];
let live: LiveSocket;

const wire = () => wires.at(-1) as Wire;

beforeEach(() => {
  wires = [];
  waits = [];
  heard = [];
  live = new LiveSocket(
    {
      frame: (frame) => heard.push(`${frame.seq} ${frame.type}`),
      open: (first) => heard.push(first ? "open first" : "open again"),
      lost: () => heard.push("lost"),
      revoked: () => heard.push("revoked"),
    },
    {
      connect(url) {
        wires.push(new Wire(url));
        return wire() as unknown as WebSocket;
      },
      wait(milliseconds, go) {
        const wait = { milliseconds, go, cancelled: false };
        waits.push(wait);
        return () => (wait.cancelled = true);
      },
      random: () => 1,
    },
  );
  live.start();
});

describe("the live stream", () => {
  it("goes on after the last frame it saw", () => {
    wire().says({ seq: 40, type: "hello", data: {} });
    wire().says({ seq: 41, type: "message", data: {} });
    wire().drops(1006);
    waits[0]?.go();
    expect(wires.map((one) => one.url)).toEqual(["/api/v1/live", "/api/v1/live?since=41"]);
    wire().says({ seq: 43, type: "hello", data: {} });
    wire().says({ seq: 42, type: "message", data: {} });
    expect(heard).toEqual(["open first", "41 message", "lost", "open again", "42 message"]);
  });

  it("asks to fetch again when the node counts from the start", () => {
    wire().says({ seq: 40, type: "hello", data: {} });
    wire().drops(1012);
    waits[0]?.go();
    wire().says({ seq: 2, type: "hello", data: {} });
    expect(heard).toEqual(["open first", "lost", "open again", "2 resync"]);
    wire().drops(1006);
    waits[1]?.go();
    expect(wire().url).toBe("/api/v1/live?since=2");
  });

  it("waits longer after each try that fails, up to a limit", () => {
    for (let round = 0; round < 9; round++) {
      wire().drops(1006);
      waits.at(-1)?.go();
    }
    const times = waits.map((wait) => wait.milliseconds);
    expect(times.slice(0, 4)).toEqual([400, 800, 1600, 3200]);
    expect(Math.max(...times)).toBe(15_000);
  });

  it("comes back when the node that restarts asked it to", () => {
    wire().says({ seq: 40, type: "hello", data: {} });
    wire().says({ seq: 40, type: "restart", data: { after_ms: 2345 } });
    wire().drops(1012);
    expect(waits[0]?.milliseconds).toBe(2345);
    waits[0]?.go();
    wire().drops(1006); // the node is not back yet: from here on as ever
    expect(waits[1]?.milliseconds).toBe(800);
    expect(heard).toEqual(["open first", "lost", "lost"]);
  });

  it.each([
    ["no delay", {}, 400],
    ["no data", null, 400],
    ["a delay that is no number", { after_ms: "soon" }, 400],
    ["a delay before now", { after_ms: -1 }, 400],
    ["a delay without end", { after_ms: 1e12 }, 15_000],
  ])("waits a bounded time for %s", (_, data, want) => {
    wire().says({ seq: 40, type: "restart", data });
    wire().drops(1012);
    expect(waits[0]?.milliseconds).toBe(want);
  });

  it("forgets the delay when it is closed for another reason", () => {
    wire().says({ seq: 40, type: "restart", data: { after_ms: 2345 } });
    wire().drops(1006);
    expect(waits[0]?.milliseconds).toBe(400);
  });

  it("comes back at once when it is hurried", () => {
    wire().drops(1006);
    live.hurry();
    expect(wires).toHaveLength(2);
    expect(waits[0]?.cancelled).toBe(true);
  });

  it("never comes back after the session was revoked", () => {
    wire().says({ seq: 1, type: "hello", data: {} });
    wire().drops(4401);
    live.hurry();
    expect(heard).toEqual(["open first", "revoked"]);
    expect(wires).toHaveLength(1);
  });

  it("ignores what is not a frame", () => {
    wire().onmessage?.({ data: new ArrayBuffer(4) });
    wire().says({ type: "message" });
    expect(heard).toEqual([]);
  });
});
