// @ts-check
// The packages as their users get them.
import { readdirSync } from "node:fs";
import path from "node:path";
import { packageDirs } from "./packages.mjs";
import { pnpm } from "./pnpm.mjs";

/**
 * Packs every publishable package; they must be built.
 * @param {string} destination absolute path of an existing, empty directory
 * @returns {string[]} absolute paths of the tarballs
 */
export function packAll(destination) {
  const filters = packageDirs().map((dir) => `--filter=./${dir}`);
  pnpm("--silent", ...filters, "--recursive", "pack", `--pack-destination=${destination}`);
  const tarballs = readdirSync(destination).map((name) => path.join(destination, name));
  if (tarballs.length !== filters.length) throw new Error(`packed ${tarballs.length} of ${filters.length} packages`);
  return tarballs.sort();
}
