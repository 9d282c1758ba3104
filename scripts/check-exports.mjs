// @ts-check
// Packs every package and asks publint and attw whether an ESM user can import the tarball, with types.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import { packAll } from "./lib/pack.mjs";
import { repoRoot } from "./lib/packages.mjs";
import { report } from "./lib/report.mjs";

const dir = mkdtempSync(path.join(tmpdir(), "runcache-pack-"));
try {
  const tarballs = packAll(dir);
  const problems = tarballs.flatMap((tarball) => [
    ...ask("publint", ["run", tarball, "--strict"]),
    ...ask("@arethetypeswrong/cli", [tarball, "--profile", "esm-only", "--no-emoji"]),
  ]);
  report("exports", problems, tarballs.length, "tarballs");
} finally {
  rmSync(dir, { recursive: true, force: true });
}

/**
 * What a checker has to say, if it fails.
 * @param {string} checker name of its package
 * @param {string[]} args
 * @returns {string[]}
 */
function ask(checker, args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [binOf(checker), ...args], { encoding: "utf8" });
  return status === 0 ? [] : [`${checker} ${args.join(" ")}\n${stdout}${stderr}`];
}

/** @param {string} name */
function binOf(name) {
  const dir = path.join(repoRoot, "node_modules", name);
  const { bin } = JSON.parse(readFileSync(path.join(dir, "package.json"), "utf8"));
  return path.join(dir, typeof bin === "string" ? bin : /** @type {string} */ (Object.values(bin)[0]));
}
