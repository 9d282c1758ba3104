// @ts-check
// The files that git knows or would add: what a check of the repository looks at.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { repoRoot } from "./packages.mjs";

/**
 * Tracked and new files, ignored ones not, relative to the root, sorted.
 * @param {...string} patterns git pathspecs; none means everything
 * @returns {string[]}
 */
export function repoFiles(...patterns) {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", ...patterns];
  const listing = execFileSync("git", args, { cwd: repoRoot, encoding: "utf8", maxBuffer: 1 << 28 });
  const files = listing.split("\0").filter((file) => file !== "" && existsSync(path.join(repoRoot, file)));
  return [...new Set(files)].sort();
}
