// @ts-check
// Builds every package, in the order of its project references, then bundles what is published. Packages are discovered: a new
// one needs no entry here.
// Arguments go to tsc (`--force`, `--verbose`, …).
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { readManifest, repoRoot, workspaceDirs } from "./lib/packages.mjs";

// What exports something is built; the private test package runs from source.
const projects = workspaceDirs().filter((dir) => readManifest(dir).exports !== undefined);
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const { status } = spawnSync(process.execPath, [tsc, "-b", ...process.argv.slice(2), ...projects], {
  cwd: repoRoot,
  stdio: "inherit",
});
if (status === 0) {
  await import("./bundle-packages.mjs");
  await import("./bundle-cli.mjs");
}
process.exitCode = status ?? 1;
