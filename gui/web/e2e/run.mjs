// Runs the journeys against real nodes, some at a time, all in one browser.
//
//   npm run e2e                      bin/conclave at the top of the repository
//   CONCLAVE_BIN=FILE npm run e2e    another binary
//   CONCLAVE_BIN=fake npm run e2e    the stand-in of dev/, for work on the page
//   CONCLAVE_LANES=1 npm run e2e     one journey after another
//   npm run e2e -- NAME…             only journeys whose file name holds NAME
import { readdirSync } from "node:fs";
import { inspect } from "node:util";
import { close } from "./browser.mjs";
import { stories } from "./story.mjs";

const LANES = Number(process.env.CONCLAVE_LANES ?? 2);
const LONGEST = 900_000;

const wanted = process.argv.slice(2);
const folder = new URL("journeys/", import.meta.url);
for (const name of readdirSync(folder).sort()) {
  if (name.endsWith(".test.mjs") && (wanted.length === 0 || wanted.some((part) => name.includes(part)))) await import(new URL(name, folder).href);
}

const failed = [];
const fail = (name, error) => {
  failed.push(name);
  console.log(`✖ ${name}\n${inspect(error)}`);
};
// What nobody waits for any more belongs to a journey that has ended, and is a fault all the same.
process.on("unhandledRejection", (error) => fail("a promise that nobody waited for", error));

async function lane(waiting) {
  for (let one = waiting.shift(); one; one = waiting.shift()) {
    const began = Date.now();
    let timer;
    const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`not done after ${LONGEST / 1000} s`)), LONGEST)));
    try {
      await Promise.race([one.run(), late]);
      console.log(`✔ ${one.name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    } catch (error) {
      fail(one.name, error);
    } finally {
      clearTimeout(timer);
    }
  }
}

const began = Date.now();
const count = stories.length;
await Promise.all(Array.from({ length: LANES }, () => lane(stories)));
await close();
console.log(`${count} journeys, ${failed.length} failed, ${((Date.now() - began) / 1000).toFixed(0)} s`);
for (const name of failed) console.log(`  ✖ ${name}`);
process.exit(failed.length > 0 || count === 0 ? 1 : 0);
