// @ts-check
// Where the packages are; every script asks here.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The fields of a package.json that the scripts read.
 * @typedef {{ name: string, version: string, exports?: Record<string, unknown>, dependencies?: Record<string, string>,
 *   optionalDependencies?: Record<string, string>, peerDependencies?: Record<string, string> }} Manifest
 */

/** Absolute path of the repository's root, without a slash at the end. */
export const repoRoot = path.resolve(fileURLToPath(new URL("../..", import.meta.url)));

/** The private packages of the workspace, as paths relative to the root, in build order. */
const privateDirs = ["test/wrappers/styxdefs", "test/wrappers", "test"];

/**
 * The publishable packages, as paths relative to the root, sorted.
 * @returns {string[]}
 */
export function packageDirs() {
  const dirs = readdirSync(path.join(repoRoot, "packages"))
    .map((name) => `packages/${name}`)
    .filter((dir) => existsSync(path.join(repoRoot, dir, "package.json")))
    .sort();
  if (dirs.length === 0) throw new Error("no packages found under packages/");
  return dirs;
}

/**
 * Every package of the workspace, relative to the root.
 * @returns {string[]}
 */
export function workspaceDirs() {
  return [...packageDirs(), ...privateDirs];
}

/**
 * The package.json in a directory.
 * @param {string} dir relative to the root
 * @returns {Manifest}
 */
export function readManifest(dir) {
  return JSON.parse(readFileSync(path.join(repoRoot, dir, "package.json"), "utf8"));
}
