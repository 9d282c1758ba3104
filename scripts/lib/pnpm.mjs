// @ts-check
// The pinned pnpm, through npx, so that nothing needs to be installed by hand.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { repoRoot } from "./packages.mjs";

/**
 * Runs pnpm in the repository's root. Its output is ours; throws where it fails.
 * @param {...string} args
 */
export function pnpm(...args) {
  const { packageManager } = JSON.parse(readFileSync(path.join(repoRoot, "package.json"), "utf8"));
  run("npx", ["--yes", packageManager, ...args]);
}

/**
 * Runs a program in the repository's root, without standard input. Its output is ours; throws where it fails.
 * @param {string} command
 * @param {string[]} args
 */
export function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: repoRoot, stdio: ["ignore", "inherit", "inherit"] });
  if (error) throw new Error(`could not start ${command}: ${error.message}`, { cause: error });
  if (status !== 0) throw new Error(`failed: ${command} ${args.join(" ")}`);
}
