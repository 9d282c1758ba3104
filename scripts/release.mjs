// @ts-check
// Prepares a release: all packages get one new version, and the changelog's "Unreleased" becomes its section.
//   npm run release -- major|minor|patch [--write]      without --write it only says what would change
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { packageDirs, readManifest, repoRoot } from "./lib/packages.mjs";

const changelogFile = path.join(repoRoot, "CHANGELOG.md");
const heading = "## [Unreleased]\n";

try {
  release();
} catch (error) {
  process.stderr.write(`release: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function release() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { write: { type: "boolean", default: false } },
  });
  const dirs = packageDirs();
  const version = next(commonVersion(dirs), positionals[0]);
  const changelog = readFileSync(changelogFile, "utf8");
  const news = unreleased(changelog);

  process.stdout.write(
    `${version}, ${dirs.length} packages:\n${dirs.map((dir) => `  ${readManifest(dir).name}\n`).join("")}\n${news}\n\n`,
  );
  if (!values.write) {
    process.stdout.write("Nothing was changed; --write does it.\n");
    return;
  }
  for (const dir of dirs) setVersion(path.join(repoRoot, dir, "package.json"), version);
  const today = new Date().toISOString().slice(0, "yyyy-mm-dd".length);
  writeFileSync(changelogFile, changelog.replace(heading, `${heading}\n## [${version}] - ${today}\n`));
  process.stdout.write(
    `Written. Next: commit "release: ${version}", tag v${version}, then publish with pnpm --recursive publish.\n`,
  );
}

/** @param {string[]} dirs */
function commonVersion(dirs) {
  const versions = new Set(dirs.map((dir) => readManifest(dir).version));
  const [version, ...others] = versions;
  if (version === undefined || others.length > 0)
    throw new Error(`the packages differ in version: ${[...versions].join(", ")}`);
  return version;
}

/**
 * @param {string} version
 * @param {string | undefined} step
 */
function next(version, step) {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  if (step === "major") return `${major + 1}.0.0`;
  if (step === "minor") return `${major}.${minor + 1}.0`;
  if (step === "patch") return `${major}.${minor}.${patch + 1}`;
  throw new Error("say what to release: major, minor or patch");
}

/**
 * What is written under "Unreleased".
 * @param {string} changelog
 */
function unreleased(changelog) {
  const [, after] = changelog.split(heading);
  const news = after?.split(/^## /m)[0]?.trim();
  if (!news) throw new Error('CHANGELOG.md has nothing under "Unreleased"');
  return news;
}

/**
 * Replaces the version where it stands, so that the rest of the file stays as it is formatted.
 * @param {string} file
 * @param {string} version
 */
function setVersion(file, version) {
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(/^(\s*"version": )"[^"]*"/m, `$1"${version}"`));
}
