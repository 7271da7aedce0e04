import { afterEach, describe, expect, it } from "vitest";
import { catalogue } from "./catalogue.ts";
import { chooseLocale, currentLocale, keepLanguage, keptLanguage, wantedLocales } from "./locale.ts";

const t = catalogue("draft", { clash: "English" });

afterEach(async () => {
  localStorage.clear();
  await chooseLocale(["en"]);
});

describe("the language of the page", () => {
  it.each([
    [["fr-CA", "en"], "fr"],
    [["pt-BR", "es-MX", "fr"], "es"],
    [["en-GB", "fr"], "en"],
    [["xx"], "en"],
    [[], "en"],
  ])("is of %j the first that it speaks: %s", async (wanted, language) => {
    await chooseLocale(wanted);
    expect(currentLocale()).toBe(language);
    expect(document.documentElement.lang).toBe(language);
    expect(document.documentElement.dir).toBe("ltr");
  });

  it("is spoken by every folder of texts, and English again afterwards", async () => {
    await chooseLocale(["es"]);
    expect(t("clash")).toBe("Este borrador también cambió en otro dispositivo.");
    await chooseLocale(["en"]);
    expect(t("clash")).toBe("English");
  });

  it("is the one chosen in this browser before those of the browser", () => {
    expect(keepLanguage("fr")).toBe(true);
    expect(keepLanguage("fr")).toBe(false);
    expect(keptLanguage()).toBe("fr");
    expect(wantedLocales()[0]).toBe("fr");
    expect(keepLanguage("auto")).toBe(true);
    expect(wantedLocales()).toEqual(navigator.languages);
  });
});
