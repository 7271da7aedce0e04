import { describe, expect, it } from "vitest";
import { isComplete, readKey } from "./recoverykey.ts";

const key = "0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ";

describe("reading a recovery key", () => {
  it.each([
    ["as it is shown", key],
    ["in small letters", key.toLowerCase()],
    ["without dashes", key.replaceAll("-", "")],
    ["with spaces and line breaks", ` ${key.replaceAll("-", " \n ")} `],
    ["with long dashes", key.replaceAll("-", "–")],
    ["with letters that look like digits", key.replace("0", "O").replace("1", "l")],
  ])("takes it %s", (_how, typed) => {
    expect(readKey(typed).text).toBe(key);
    expect(isComplete(readKey(typed))).toBe(true);
  });

  it("names the first group that cannot be right", () => {
    expect(readKey("0123-45U7-89!B").wrongGroup).toBe(2);
    expect(readKey("0123-4567").wrongGroup).toBeUndefined();
  });

  it("counts what is missing and what is too much", () => {
    expect(readKey("0123-45").missing).toBe(26);
    expect(readKey(`${key}Z`).missing).toBe(-1);
    expect(isComplete(readKey(`${key}Z`))).toBe(false);
    expect(readKey("").groups).toEqual([]);
  });
});
