// Runs the journeys one after another against two real nodes.
//
//   npm run e2e                      bin/conclave at the top of the repository
//   CONCLAVE_BIN=FILE npm run e2e    another binary
//   CONCLAVE_BIN=fake npm run e2e    the stand-in of dev/, for work on the page
//   npm run e2e -- NAME…             only journeys whose file name holds NAME
import { readdirSync } from "node:fs";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const folder = new URL("journeys/", import.meta.url).pathname;
const wanted = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".test.mjs") && (wanted.length === 0 || wanted.some((part) => name.includes(part))))
  .map((name) => folder + name);

run({ files, concurrency: 1, timeout: 900_000 })
  .on("test:fail", () => (process.exitCode = 1))
  .compose(new spec())
  .pipe(process.stdout);
