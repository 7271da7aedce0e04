import { afterEach, expect, it } from "vitest";
import { chooseLocale } from "~/i18n/locale.ts";
import { ApiError } from "./errors.ts";

afterEach(() => chooseLocale(["en"]));

it("a refusal is said in the language of the page where its code is known", async () => {
  const refused = (code: string) => ApiError.from(new Response(null, { status: 409 }), { status: 409, title: "Conflict", code, detail: "Said in English." });
  expect(refused("slow_mode").detail).toBe("Said in English.");
  await chooseLocale(["fr"]);
  expect(refused("slow_mode").detail).toBe("Ce groupe est en mode lent\u202f; patientez un peu.");
  expect(refused("suspended").detail).toBe("Said in English.");
});
