import { afterEach, expect, test } from "vitest";
import { call, watchCalls } from "./http.ts";

const told: unknown[] = [];
watchCalls((answered, full) => told.push([answered, full]));
afterEach(() => void told.splice(0));

const answer = (status: number, code?: string) =>
  Promise.resolve({ response: new Response(null, { status }), ...(code !== undefined && { error: { status, title: "No", code } }) });

test.each([
  ["a read", 200, undefined, [true, undefined]],
  ["a message that is kept", 202, undefined, [true, false]],
  ["a full disk", 503, "disk_full", [true, "disk_full"]],
  ["a failed disk", 503, "read_only", [true, "read_only"]],
  ["another refusal", 403, "forbidden", [true, undefined]],
  ["a proxy that finds no node", 502, undefined, [false, undefined]],
])("%s tells whether the node keeps what is new", async (_, status, code, want) => {
  await call(answer(status, code)).catch(() => undefined);
  expect(told).toEqual([want]);
});
