import { expect, it } from "vitest";
import { clientName } from "./client.ts";
import { accountName, isAccountName } from "./names.ts";

it.each([
  ["Ána Roth", "ana.roth"],
  ["  O'Neil-Smith ", "o.neil.smith"],
  ["日本", ""],
  ["x".repeat(50), "x".repeat(32)],
])("proposes an account name for %j", (name, want) => {
  expect(accountName(name)).toBe(want);
  expect(isAccountName(accountName(name))).toBe(want !== "");
});

it("names a browser for the list of sessions", () => {
  const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
  const safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile/15E148 Safari/604.1";
  expect(clientName(firefox)).toBe("Firefox, Linux");
  expect(clientName(safari)).toBe("Safari, iOS");
  expect(clientName("curl/8")).toBe("");
});
