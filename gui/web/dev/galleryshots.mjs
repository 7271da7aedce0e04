// Pictures of the gallery of the kit: for the script beside this one.
import { serveGallery } from "../gallery/serve.mjs";

const WIDE = { width: 1280, height: 800 };
const SHOTS = {
  light: { theme: "light" },
  dark: { theme: "dark" },
  lightcontrast: { theme: "light", contrast: "high" },
  darkcontrast: { theme: "dark", contrast: "high" },
  dense: { theme: "light", density: "dense" },
  large: { theme: "light", text: "150" },
  rtl: { theme: "light", dir: "rtl" },
};

export async function galleryShots(browser, out) {
  const { url, stop } = await serveGallery();
  const page = await browser.newPage({ viewport: WIDE, reducedMotion: "reduce" });
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && console.log("gallery", message.text()));
  page.on("pageerror", (error) => console.log("gallery", error.stack));
  const show = async (look, viewport = WIDE) => {
    await page.setViewportSize(viewport);
    await page.goto(`${url}?${new URLSearchParams(look)}`);
    await page.getByRole("img", { name: "Code of a link" }).waitFor();
    await page.waitForTimeout(350);
  };
  const shot = (name, fullPage = true) => page.screenshot({ path: `${out}gallery-${name}.png`, fullPage, animations: "disabled" });
  for (const [name, look] of Object.entries(SHOTS)) {
    await show(look);
    await shot(name);
  }
  await show({ theme: "dark" }, { width: 390, height: 844 });
  await shot("phone");
  await show({ theme: "dark" });
  for (const [name, button] of [["dialog", "Open a dialog"], ["long", "Open a long dialog"], ["menu", "Open a menu"], ["emoji", "Open the emoji"], ["toast", "Toast with an action"]]) {
    await page.getByRole("button", { name: button, exact: true }).click();
    await page.waitForTimeout(500);
    await shot(name, false);
    await page.keyboard.press("Escape");
  }
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ forcedColors: "active", colorScheme: scheme });
    await show({});
    await shot(`forced${scheme}`);
  }
  await page.close();
  await stop();
}
