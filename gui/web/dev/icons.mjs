// Draws the icons of the installed page from public/mark.svg: node dev/icons.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { launch } from "../e2e/browser.mjs";

const folder = new URL("../public/", import.meta.url);
const mark = readFileSync(new URL("mark.svg", folder), "utf8");
// What a system cuts to its own shape is filled to the edges, and the sign stays within the middle.
const filled = mark.replace(/rx="8"/, 'rx="0"').replace(/viewBox="0 0 32 32"/, 'viewBox="-4 -4 40 40"').replace(/<rect /, '<rect x="-4" y="-4" width="40" height="40" fill="#1c74d6"/><rect ');
const browser = await launch();
for (const [name, size, drawing] of [["icon-180", 180, filled], ["icon-192", 192, mark], ["icon-512", 512, mark], ["icon-maskable-512", 512, filled]]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${drawing}`);
  writeFileSync(new URL(`${name}.png`, folder), await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
